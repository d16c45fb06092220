-- Each person gets one message of a batch: the first row stays, later ones are skipped.
WITH range AS MATERIALIZED (
    SELECT first_id, last_id FROM ledger_batch WHERE id = %(batch)s
),
later AS MATERIALIZED (
    SELECT id
    FROM (
        SELECT m.id, m.due_at,
               row_number() OVER (PARTITION BY m.contact_id ORDER BY m.id) AS place
        FROM ledger_message m
        WHERE m.id BETWEEN (SELECT first_id FROM range) AND (SELECT last_id FROM range)
          AND m.batch_id = %(batch)s AND m.contact_id IS NOT NULL AND m.state <> 8
    ) rows
    WHERE place > 1 AND due_at IS NOT NULL
),
locked AS MATERIALIZED (
    SELECT m.id FROM ledger_message m JOIN later USING (id) WHERE m.state = 1 ORDER BY m.id FOR NO KEY UPDATE OF m
),
moved AS (
    UPDATE ledger_message m
    SET state = 8, due_at = NULL, reason = 'duplicate', failed_at = %(now)s
    FROM locked
    WHERE m.id = locked.id
    RETURNING m.id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, skipped)
    SELECT %(batch)s, 0, count(*) FROM moved HAVING count(*) > 0
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET skipped = c.skipped + excluded.skipped
)
SELECT count(*) FROM moved
