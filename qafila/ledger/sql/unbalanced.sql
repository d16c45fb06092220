-- Counters beside rows, in one snapshot: of the next campaigns that move or ended lately, as many as fit into so many rows
-- (at least one). A row for each looked at; differing: the states whose counter is not the number of rows.
WITH candidates AS MATERIALIZED (
    SELECT id, business_id, public_id, total, first_id, last_id,
           sum(total) OVER (ORDER BY id) - total AS before
    FROM (
        SELECT * FROM ledger_batch
        WHERE id > %(after)s AND total > 0 AND sealed
          AND (state = 2 OR finished_at > %(now)s::timestamptz - interval '5 minutes')
        ORDER BY id
        LIMIT 100
    ) b
),
looked_at AS MATERIALIZED (
    SELECT * FROM candidates WHERE before + total <= %(most_rows)s OR before = 0
),
rows AS MATERIALIZED (
    SELECT b.id AS batch_id, m.state, count(*) AS n
    FROM looked_at b
    JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
    GROUP BY 1, 2
)
SELECT b.id, b.business_id, b.public_id,
       ARRAY(
           SELECT s.state
           FROM (VALUES (1, b.total - c.of_all), (2, c.sending), (3, c.uncertain), (4, c.sent), (5, c.failed),
                        (6, c.delivered), (7, c.read), (8, c.skipped), (9, c.cancelled)) AS s (state, counted)
           LEFT JOIN rows r ON r.batch_id = b.id AND r.state = s.state
           WHERE s.counted <> coalesce(r.n, 0)
           ORDER BY s.state
       ) AS differing
FROM looked_at b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sending), 0) AS sending, coalesce(sum(uncertain), 0) AS uncertain, coalesce(sum(sent), 0) AS sent,
           coalesce(sum(failed), 0) AS failed, coalesce(sum(delivered), 0) AS delivered, coalesce(sum(read), 0) AS read,
           coalesce(sum(skipped), 0) AS skipped, coalesce(sum(cancelled), 0) AS cancelled,
           coalesce(sum(sending + uncertain + sent + failed + delivered + read + skipped + cancelled), 0) AS of_all
    FROM ledger_batchsender
    WHERE batch_id = b.id
) c
