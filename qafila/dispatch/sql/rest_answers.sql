-- Answers of a number rest until %(until)s (POSIX seconds), too. Whoever has the lane hears of it at the next claim, or before it sleeps.
UPDATE dispatch_lane
SET pace = pace || jsonb_build_object('answers_rest', greatest(coalesce((pace->>'answers_rest')::float8, 0), %(until)s)),
    wake = wake + 1
WHERE sender_id = %(sender)s
