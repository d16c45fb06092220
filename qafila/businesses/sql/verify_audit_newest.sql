-- As verify_audit.sql, of the newest entries alone. The one before them is read too: its hash is what they begin from.
WITH before AS (
    SELECT coalesce((SELECT id FROM businesses_auditentry
                      WHERE business_id = %(business)s ORDER BY id DESC OFFSET %(newest)s LIMIT 1), 0) AS id
)
SELECT NOT EXISTS (
    SELECT FROM (SELECT e.id, e.hash, businesses_audit_hash(e, lag(e.hash, 1, ''::bytea) OVER (ORDER BY e.id)) AS should
                   FROM businesses_auditentry e
                  WHERE e.business_id = %(business)s AND e.id >= (SELECT id FROM before)) chain
     WHERE chain.id > (SELECT id FROM before) AND chain.hash <> chain.should
)
