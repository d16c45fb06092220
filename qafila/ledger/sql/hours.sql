-- The counters of a business at each full hour since a moment, at the first note since then and at the latest one.
WITH noted AS MATERIALIZED (
    SELECT at, sent, delivered, failed
    FROM ledger_sample
    WHERE business_id = %(business)s AND batch_id = 0 AND at >= %(since)s
)
SELECT at, sent, delivered, failed
FROM noted
WHERE extract(minute FROM at AT TIME ZONE 'UTC') = 0 OR at IN ((SELECT min(at) FROM noted), (SELECT max(at) FROM noted))
ORDER BY at
