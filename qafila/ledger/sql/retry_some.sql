-- Some failed messages are queued again with fresh tries. Those of a batch that was cancelled stay as they are.
WITH failed AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.sender_id
    FROM ledger_message m
    JOIN ledger_batch b ON b.id = m.batch_id AND b.state <> 5
    WHERE m.id = ANY (%(ids)s) AND m.business_id = %(business)s AND m.state = 5
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
),
moved AS (
    UPDATE ledger_message m
    SET state = 1, due_at = %(now)s, sender_id = m.pinned_to, tries = 0, failed_at = NULL, provider_id = NULL,
        reason = NULL
    FROM failed f
    WHERE m.id = f.id
    RETURNING m.id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, failed)
    SELECT batch_id, sender_id, -count(*) FROM failed GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET failed = c.failed + excluded.failed
)
SELECT batch_id, count(*) FROM failed WHERE (SELECT count(*) FROM moved) > 0 GROUP BY 1 ORDER BY 1
