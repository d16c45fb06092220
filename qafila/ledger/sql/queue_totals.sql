-- Over all batches of a business that hold outgoing messages: a few rows each, however many messages.
SELECT coalesce(sum(b.total), 0) - coalesce(sum(c.n), 0), coalesce(sum(c.sending), 0), coalesce(sum(c.uncertain), 0),
       coalesce(sum(c.sent), 0), coalesce(sum(c.failed), 0), coalesce(sum(c.delivered), 0), coalesce(sum(c.read), 0),
       coalesce(sum(c.skipped), 0), coalesce(sum(c.cancelled), 0)
FROM ledger_batch b
LEFT JOIN LATERAL (
    SELECT sum(sending) AS sending, sum(uncertain) AS uncertain, sum(sent) AS sent, sum(failed) AS failed,
           sum(delivered) AS delivered, sum(read) AS read, sum(skipped) AS skipped, sum(cancelled) AS cancelled,
           sum(sending + uncertain + sent + failed + delivered + read + skipped + cancelled) AS n
    FROM ledger_batchsender s
    WHERE s.batch_id = b.id
) c ON true
WHERE b.business_id = %(business)s
