-- A batch is finished when everything has its final state. An uncertain message keeps it open for a day.
WITH flowing AS MATERIALIZED (
    SELECT b.id, b.total, c.closed, c.uncertain
    FROM ledger_batch b
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(sent + failed + delivered + read + skipped + cancelled), 0) AS closed,
               coalesce(sum(uncertain), 0) AS uncertain
        FROM ledger_batchsender s
        WHERE s.batch_id = b.id
    ) c
    WHERE b.id = ANY (%(batches)s) AND b.state = 2 AND b.sealed AND c.closed + c.uncertain = b.total
)
UPDATE ledger_batch b
SET state = 4, finished_at = %(now)s
FROM flowing f
WHERE b.id = f.id AND b.state = 2 AND b.total = f.total
  AND (
      f.uncertain = 0
      OR NOT EXISTS (
          SELECT FROM ledger_message m
          WHERE m.batch_id = f.id AND m.uncertain_at > %(uncertain_before)s
      )
  )
RETURNING b.id, b.business_id, b.public_id
