-- What failed after the moment at which auto-pause would have paused a number: calls that were refused, and messages that
-- should have arrived and did not. People who cannot be reached are in every list, and no pause would have spared them: they
-- count only where the verdict rests on just that. It only grows, though the sums that it is read from go back one day only.
UPDATE senders_shadowpause p
SET followed = greatest(p.followed, f.failed)
FROM (
    SELECT w.id,
           coalesce((
               SELECT sum(t.count)
               FROM dispatch_tally t
               WHERE t.sender_id = w.sender_id AND t.at >= w.at
                 AND t.outcome NOT IN ('accepted', 'content', 'throttled')
                 AND (t.outcome <> 'recipient' OR (w.kind = 'failing' AND w.code <> '' AND EXISTS (
                     SELECT FROM dispatch_tally r
                     WHERE r.sender_id = w.sender_id AND r.outcome = 'recipient' AND r.code = w.code)))
           ), 0)
           + CASE WHEN w.kind = 'black_hole' THEN coalesce((
               SELECT sum(q.accepted - q.arrived)
               FROM dispatch_pulse q
               WHERE q.sender_id = w.sender_id AND q.at >= w.at
           ), 0) ELSE 0 END AS failed
    FROM senders_shadowpause w
    WHERE w.ended_at IS NULL
) f
WHERE p.id = f.id AND f.failed > p.followed
