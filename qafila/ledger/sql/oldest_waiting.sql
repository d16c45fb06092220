-- Of the batches that flow: since when the message waits that waits longest. Two probes of the queue's index a batch.
SELECT b.id, greatest(first.due_at, b.started_at) AS waits_since
FROM ledger_batch b
CROSS JOIN LATERAL (
    SELECT min(due_at) AS due_at
    FROM (
        (SELECT m.due_at FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = 0 AND m.due_at IS NOT NULL ORDER BY m.due_at LIMIT 1)
        UNION ALL
        (SELECT m.due_at FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = b.target_id AND b.target_kind = 1 AND m.due_at IS NOT NULL
         ORDER BY m.due_at LIMIT 1)
    ) probes
) first
WHERE b.business_id = %(business)s AND b.state IN (2, 6) AND first.due_at <= %(now)s
ORDER BY 2
LIMIT 1
