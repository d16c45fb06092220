-- The same from the rows themselves, for a batch in which one reason stands for two states.
SELECT reason, count(*), state
FROM ledger_message
WHERE batch_id = %(batch)s AND failed_at IS NOT NULL
GROUP BY reason, state
