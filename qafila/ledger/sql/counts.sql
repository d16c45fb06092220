SELECT b.id, b.total,
       b.total - (c.sending + c.uncertain + c.sent + c.failed + c.delivered + c.read + c.skipped + c.cancelled) AS queued,
       c.sending, c.uncertain, c.sent, c.failed, c.delivered, c.read, c.skipped, c.cancelled
FROM ledger_batch b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sending), 0)::int AS sending, coalesce(sum(uncertain), 0)::int AS uncertain,
           coalesce(sum(sent), 0)::int AS sent, coalesce(sum(failed), 0)::int AS failed,
           coalesce(sum(delivered), 0)::int AS delivered, coalesce(sum(read), 0)::int AS read,
           coalesce(sum(skipped), 0)::int AS skipped, coalesce(sum(cancelled), 0)::int AS cancelled
    FROM ledger_batchsender s
    WHERE s.batch_id = b.id
) c
WHERE b.id = ANY (%(batches)s)
