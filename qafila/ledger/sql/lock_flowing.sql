-- Flowing batches that seem to be at their end; those that somebody changes right now are left for the next round.
SELECT b.id
FROM ledger_batch b
WHERE b.state = 2 AND b.sealed
  AND b.total = (
      SELECT coalesce(sum(sent + failed + delivered + read + skipped + cancelled + uncertain), 0)
      FROM ledger_batchsender s
      WHERE s.batch_id = b.id
  )
ORDER BY b.id
FOR NO KEY UPDATE OF b SKIP LOCKED
