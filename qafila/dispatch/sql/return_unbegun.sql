-- Puts back what this lane claimed but never began: a claim whose answer was lost with the connection.
-- The lane knows every call it has begun; the rows that it does not know of were certainly not sent.
WITH unbegun AS MATERIALIZED (
    SELECT id, batch_id, sender_id, attempt
    FROM ledger_message
    WHERE claimed_by = %(sender)s AND epoch = %(epoch)s AND id <> ALL (%(begun)s::bigint[])
    ORDER BY id
    FOR NO KEY UPDATE
),
moved AS (
    UPDATE ledger_message m
    SET state = 1, claimed_by = NULL, sender_id = m.pinned_to, due_at = %(now)s, tries = m.tries - 1
    FROM unbegun u
    WHERE m.id = u.id
    RETURNING m.id
),
tried AS (
    UPDATE ledger_attempt a
    SET ended_at = %(now)s, outcome = 'not_begun'
    FROM unbegun u
    WHERE a.message_id = u.id AND a.number = u.attempt
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sending)
    SELECT batch_id, sender_id, -count(*) FROM unbegun GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET sending = c.sending + excluded.sending
)
SELECT count(*) FROM moved
