-- The oldest unhandled webhooks that nobody else has, as many as fit into the given bytes (always at least one).
WITH locked AS MATERIALIZED (
    SELECT received_at, id, octet_length(body) AS size
    FROM receiving_rawwebhook
    WHERE handled_at IS NULL AND attempts = 0
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
),
sized AS (
    SELECT received_at, id, sum(size) OVER (ORDER BY id) - size AS before FROM locked
)
SELECT w.received_at, w.id, w.provider_account_id, w.business_id, w.body
FROM sized s
JOIN receiving_rawwebhook w ON w.received_at = s.received_at AND w.id = s.id
WHERE s.before < %(bytes)s
ORDER BY w.id
