-- How the calls of some numbers ended since each one's last acceptance, as far as that lies within the last while.
WITH call AS MATERIALIZED (
    SELECT a.sender_id, a.began_at, a.outcome, coalesce(a.code, '') AS code
    FROM ledger_attempt a
    WHERE a.began_at >= %(since)s AND a.sender_id = ANY (%(senders)s)
      AND a.outcome IS NOT NULL AND a.outcome NOT IN ('gate', 'not_begun')
),
accepted AS (
    SELECT sender_id, max(began_at) AS at FROM call WHERE outcome = 'accepted' GROUP BY 1
)
SELECT c.sender_id, c.outcome, c.code, count(*), min(c.began_at), max(c.began_at)
FROM call c
LEFT JOIN accepted a ON a.sender_id = c.sender_id
WHERE c.outcome <> 'accepted' AND (a.at IS NULL OR c.began_at > a.at)
GROUP BY 1, 2, 3
