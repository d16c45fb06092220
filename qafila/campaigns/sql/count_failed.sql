-- Failed, skipped and cancelled messages of a batch between two moments; the whole of the batch's rows is read.
SELECT count(*)
FROM ledger_batch b
JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
WHERE b.id = %(batch)s
  AND m.state IN (5, 8, 9)
  AND m.failed_at <= %(until)s
  AND (%(since)s::timestamptz IS NULL OR m.failed_at > %(since)s::timestamptz)
