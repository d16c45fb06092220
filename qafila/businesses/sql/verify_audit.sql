-- Every entry's hash must follow from the entry and the hash before it.
SELECT count(*),
       coalesce(array_agg(id ORDER BY id) FILTER (WHERE hash <> should), '{}'),
       coalesce((SELECT encode(hash, 'hex') FROM businesses_auditentry
                  WHERE business_id = %(business)s ORDER BY id DESC LIMIT 1), '')
  FROM (SELECT id, hash, businesses_audit_hash(e, lag(hash, 1, ''::bytea) OVER (ORDER BY id)) AS should
          FROM businesses_auditentry e
         WHERE business_id = %(business)s) chain
