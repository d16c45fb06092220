-- Messages of older batches whose sending began since a moment, or that ended without success since then, as (batch, id,
-- state). Attempts are read by time (BRIN), ended ones by their index: what it costs follows what happened since.
WITH older AS MATERIALIZED (
    SELECT id
    FROM ledger_batch
    WHERE business_id = %(business)s AND created_at < %(since)s AND total > 0
      AND (finished_at IS NULL OR finished_at >= %(since)s)
)
SELECT m.batch_id, m.id, m.state
FROM ledger_attempt a
JOIN ledger_message m ON m.id = a.message_id AND m.attempt = a.number
JOIN older o ON o.id = m.batch_id
WHERE a.began_at >= %(since)s AND m.state = ANY (%(begun)s) AND EXISTS (SELECT FROM older)
  AND cardinality(%(begun)s::int[]) > 0
UNION ALL
SELECT m.batch_id, m.id, m.state
FROM ledger_message m
JOIN ledger_batch b ON b.id = m.batch_id AND b.created_at < %(since)s
WHERE m.business_id = %(business)s AND m.failed_at >= %(since)s AND m.state = ANY (%(ended)s)
  AND cardinality(%(ended)s::int[]) > 0
