-- How many messages of each batch have been uncertain since before a moment; a partial index holds only uncertain ones.
SELECT batch_id, count(*)
FROM ledger_message
WHERE batch_id = ANY (%(batches)s) AND uncertain_at IS NOT NULL AND uncertain_at <= %(before)s
GROUP BY batch_id
