-- Since when messages of batches that flow wait for a worker, or were in the hands of one that is gone; NULL: none. Asked only
-- while no worker lives. One probe of the queue's index a batch: of each the first that is due, which is the oldest of its number.
SELECT min(since) FROM (
    SELECT greatest(first.due_at, b.started_at) AS since
    FROM ledger_batch b
    CROSS JOIN LATERAL (
        SELECT m.due_at FROM ledger_message m
        WHERE m.batch_id = b.id AND m.due_at IS NOT NULL AND m.due_at <= %(now)s
        ORDER BY m.sender_id, m.due_at
        LIMIT 1
    ) first
    WHERE b.state IN (2, 6)
    UNION ALL
    SELECT min(claimed_at) FROM ledger_message WHERE claimed_by IS NOT NULL
) waiting
