-- Enters the people of a claim into the portfolio's book, whose row the same transaction has locked.
WITH entered AS (
    INSERT INTO dispatch_reach AS r (portfolio_id, contact_id, last_at)
    SELECT %(portfolio)s, contact_id, %(now)s
    FROM unnest(%(contacts)s::bigint[]) AS t (contact_id)
    GROUP BY contact_id
    ORDER BY contact_id
    ON CONFLICT (portfolio_id, contact_id) DO UPDATE SET last_at = excluded.last_at
    RETURNING (xmax = 0) AS fresh
)
UPDATE senders_portfolio SET used = used + (SELECT count(*) FROM entered WHERE fresh) WHERE id = %(portfolio)s
