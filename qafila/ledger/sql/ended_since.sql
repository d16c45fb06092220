-- Of each of these batches: messages that ended without success since a moment, by state.
SELECT m.batch_id, m.state, count(*)
FROM ledger_message m
WHERE m.business_id = %(business)s AND m.failed_at >= %(since)s AND m.batch_id = ANY (%(batches)s)
GROUP BY 1, 2
