-- Locks a portfolio's book, forgets whom it reached more than a day ago, and says how many people it may reach, how many it
-- has reached, and when the first of them was.
WITH locked AS MATERIALIZED (
    SELECT id FROM senders_portfolio WHERE id = %(portfolio)s FOR NO KEY UPDATE
),
forgotten AS (
    DELETE FROM dispatch_reach
    WHERE portfolio_id = %(portfolio)s AND contact_id = ANY (
        ARRAY(
            SELECT contact_id FROM dispatch_reach
            WHERE portfolio_id = (SELECT id FROM locked) AND last_at <= %(day_ago)s
            ORDER BY last_at LIMIT 500
        )
    )
    RETURNING 1
)
UPDATE senders_portfolio p
SET used = greatest(p.used - (SELECT count(*) FROM forgotten), 0)
FROM locked
WHERE p.id = locked.id
RETURNING p.cap, p.used,
          (SELECT min(last_at) FROM dispatch_reach WHERE portfolio_id = p.id AND last_at > %(day_ago)s)
