-- What a lane's former owner had begun and not ended becomes uncertain. It is never sent again by itself.
WITH left_behind AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.sender_id
    FROM ledger_message m
    JOIN unnest(%(senders)s::bigint[], %(epochs)s::int[]) AS l (sender_id, epoch)
      ON m.claimed_by = l.sender_id AND m.epoch < l.epoch
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
),
moved AS (
    UPDATE ledger_message m
    SET state = 3, claimed_by = NULL, uncertain_at = %(now)s, reason = 'outcome_unknown'
    FROM left_behind b
    WHERE m.id = b.id
    RETURNING m.id, m.batch_id, m.sender_id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sending, uncertain)
    SELECT batch_id, sender_id, -count(*), count(*) FROM left_behind GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE
    SET sending = c.sending + excluded.sending, uncertain = c.uncertain + excluded.uncertain
)
SELECT b.public_id, b.business_id, count(*) FROM moved JOIN ledger_batch b ON b.id = moved.batch_id GROUP BY 1, 2
