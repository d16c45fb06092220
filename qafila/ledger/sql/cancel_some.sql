-- Marks some queued rows of the oldest cancelled batch; when none is left the batch is ended for good.
WITH batch AS MATERIALIZED (
    SELECT b.id
    FROM ledger_batch b
    WHERE b.state = 5 AND b.finished_at IS NULL
      -- One that only waits for a call in the air must not hold up the others.
      AND (
          EXISTS (SELECT FROM ledger_message m WHERE m.batch_id = b.id AND m.due_at IS NOT NULL)
          OR coalesce((SELECT sum(sending) FROM ledger_batchsender s WHERE s.batch_id = b.id), 0) = 0
      )
    ORDER BY b.id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
),
queued AS MATERIALIZED (
    SELECT m.id
    FROM ledger_message m
    WHERE m.batch_id = (SELECT id FROM batch) AND m.due_at IS NOT NULL
    ORDER BY m.id
    LIMIT %(most)s
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
    SELECT batch.id, 0, (SELECT count(*) FROM moved) FROM batch WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET cancelled = c.cancelled + excluded.cancelled
),
-- A row that goes back to the queue after this is found by the next round: sending ones keep the batch open.
ended AS (
    UPDATE ledger_batch b
    SET finished_at = %(now)s
    FROM batch
    WHERE b.id = batch.id AND NOT EXISTS (SELECT FROM queued)
      AND NOT EXISTS (SELECT FROM ledger_message m WHERE m.batch_id = batch.id AND m.due_at IS NOT NULL)
      AND coalesce((SELECT sum(sending) FROM ledger_batchsender s WHERE s.batch_id = batch.id), 0) = 0
)
SELECT count(*) FROM moved
