-- The batches of a business with the range of their rows and their counters, newest first: what lists walk along.
-- States in the order of ledger.states: queued is what remains of the total.
SELECT b.id, b.first_id, b.last_id, b.created_at, b.finished_at,
       CASE WHEN w.whole THEN b.total - coalesce(c.known, 0) ELSE 0 END AS queued,
       coalesce(c.sending, 0), coalesce(c.uncertain, 0), coalesce(c.sent, 0), coalesce(c.failed, 0),
       coalesce(c.delivered, 0), coalesce(c.read, 0), coalesce(c.skipped, 0), coalesce(c.cancelled, 0)
FROM ledger_batch b
-- For a sender: of the batches that are for it everything, of shared ones what it took.
CROSS JOIN LATERAL (
    SELECT %(sender)s::bigint IS NULL OR (b.target_kind = 1 AND b.target_id = %(sender)s::bigint) AS whole
) w
LEFT JOIN LATERAL (
    SELECT sum(sending) AS sending, sum(uncertain) AS uncertain, sum(sent) AS sent, sum(failed) AS failed,
           sum(delivered) AS delivered, sum(read) AS read, sum(skipped) AS skipped, sum(cancelled) AS cancelled,
           sum(sending + uncertain + sent + failed + delivered + read + skipped + cancelled) AS known
    FROM ledger_batchsender s
    WHERE s.batch_id = b.id AND (w.whole OR s.sender_id = %(sender)s::bigint)
) c ON true
WHERE b.business_id = %(business)s AND b.total > 0
  AND (%(batch)s::bigint IS NULL OR b.id = %(batch)s::bigint)
  AND (w.whole OR c.known > 0)
ORDER BY b.id DESC
