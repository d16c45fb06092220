-- Some queued messages are cancelled by a person; their batch goes on. Cancelled rows are counted under nobody.
WITH queued AS MATERIALIZED (
    SELECT m.id, m.batch_id
    FROM ledger_message m
    WHERE m.id = ANY (%(ids)s) AND m.business_id = %(business)s AND m.state = 1 AND m.due_at IS NOT NULL
    ORDER BY m.id
    FOR NO KEY UPDATE SKIP LOCKED
),
moved AS (
    UPDATE ledger_message m
    SET state = 9, due_at = NULL, reason = 'cancelled', failed_at = %(now)s
    FROM queued q
    WHERE m.id = q.id
    RETURNING m.id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, cancelled)
    SELECT batch_id, 0, count(*) FROM queued GROUP BY 1 ORDER BY 1
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET cancelled = c.cancelled + excluded.cancelled
)
SELECT count(*) FROM moved
