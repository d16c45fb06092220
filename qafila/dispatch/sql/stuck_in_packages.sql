-- Flowing batches of packages, and the numbers to which queued rows of them are addressed (a walk over the index of the
-- queue, one probe a number) that cannot send for longer than %(soon)s: not in the package any more, paused, stopped, away
-- with their provider account, resting or held by their pace until later than that. Answers stay with a number that rests for one
-- of the reasons %(answering)s: it goes on answering. Only %(packages)s, where these are given.
WITH RECURSIVE addressee AS (
    SELECT b.id AS batch_id, b.target_id AS package_id, b.priority < %(reply_priority)s AS answers, (
        SELECT m.sender_id FROM ledger_message m
        WHERE m.batch_id = b.id AND m.due_at IS NOT NULL AND m.sender_id > 0
        ORDER BY m.sender_id LIMIT 1
    ) AS sender_id
    FROM ledger_batch b
    WHERE b.target_kind = 3 AND b.state = 2
      AND (%(packages)s::bigint[] IS NULL OR b.target_id = ANY (%(packages)s::bigint[]))
    UNION ALL
    SELECT a.batch_id, a.package_id, a.answers, (
        SELECT m.sender_id FROM ledger_message m
        WHERE m.batch_id = a.batch_id AND m.due_at IS NOT NULL AND m.sender_id > a.sender_id
        ORDER BY m.sender_id LIMIT 1
    )
    FROM addressee a
    WHERE a.sender_id IS NOT NULL
)
SELECT a.batch_id, a.package_id, a.sender_id
FROM addressee a
WHERE a.sender_id IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM senders_packagemember pm
    JOIN senders_sender s ON s.id = pm.sender_id
    JOIN senders_provideraccount acc ON acc.id = s.provider_account_id AND acc.state = 'ok'
    LEFT JOIN dispatch_lane l ON l.sender_id = s.id
    WHERE pm.package_id = a.package_id AND pm.sender_id = a.sender_id
      AND ((s.state = 'ready' AND (l.due_at IS NULL OR l.due_at <= %(soon)s))
           OR (s.state = 'resting' AND s.rest_until <= %(soon)s)
           OR (a.answers AND s.state = 'resting' AND s.state_reason = ANY (%(answering)s::text[])))
  )
