-- How the counters stand at a full minute: of every business (batch 0), and of the batches that move or moved lately.
-- Once a minute, whoever comes first; the counters are a few rows a batch, however many messages it has.
-- The first note of a business that began within the hour has one of nothing before it, at the minute in which it began:
-- else what went out until then would be in no chart.
WITH first AS MATERIALIZED (
    SELECT 1
    WHERE pg_try_advisory_xact_lock(hashtextextended('ledger.samples', 0))
      AND NOT EXISTS (SELECT FROM ledger_sample WHERE at = %(minute)s)
),
batch AS MATERIALIZED (
    SELECT b.business_id, b.id, b.total, b.started_at,
           b.state = 2 OR b.finished_at >= %(minute)s::timestamptz - interval '1 hour' AS moves,
           coalesce(c.sent, 0) AS sent, coalesce(c.delivered, 0) AS delivered, coalesce(c.read, 0) AS read,
           coalesce(c.failed, 0) AS failed
    FROM ledger_batch b
    LEFT JOIN (
        SELECT batch_id, sum(sent + delivered + read) AS sent, sum(delivered + read) AS delivered, sum(read) AS read,
               sum(failed) AS failed
        FROM ledger_batchsender
        GROUP BY 1
    ) c ON c.batch_id = b.id
    WHERE EXISTS (SELECT FROM first)
)
INSERT INTO ledger_sample (business_id, batch_id, at, total, sent, delivered, read, failed)
SELECT business_id, 0, %(minute)s, sum(total), sum(sent), sum(delivered), sum(read), sum(failed)
FROM batch
GROUP BY business_id
UNION ALL
SELECT business_id, id, %(minute)s, total, sent, delivered, read, failed
FROM batch
WHERE moves
UNION ALL
SELECT business_id, 0, least(date_trunc('minute', min(started_at), 'UTC'), %(minute)s::timestamptz - interval '1 minute'), 0, 0, 0, 0, 0
FROM batch
WHERE NOT EXISTS (SELECT FROM ledger_sample s WHERE s.business_id = batch.business_id AND s.batch_id = 0)
GROUP BY business_id
HAVING min(started_at) > %(minute)s::timestamptz - interval '1 hour'
ON CONFLICT DO NOTHING
