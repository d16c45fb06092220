-- Whoever writes a person's tickets holds the row of that person until the end of the transaction. People are locked before
-- anything else, in the order of their ids, and a merged one together with those they were merged into: so nobody waits in a
-- circle, and what is read afterwards in the same transaction stays so. The people are those given, and those who wrote the
-- messages given. Opt-outs and identities of a person, which only refer to the row, do not wait for it. UNION ends a circle.
WITH RECURSIVE way (id, next) AS (
    SELECT c.id, c.merged_into_id
      FROM contacts_contact c
     WHERE c.business_id = %(business)s
       AND c.id IN (SELECT unnest(%(contacts)s::bigint[])
                     UNION
                    SELECT m.contact_id FROM ledger_message m
                     WHERE m.id = ANY(%(messages)s::bigint[]) AND m.business_id = %(business)s AND m.state = 10)
     UNION
    SELECT c.id, c.merged_into_id
      FROM way JOIN contacts_contact c ON c.id = way.next
     WHERE c.business_id = %(business)s
)
SELECT c.id
  FROM contacts_contact c
 WHERE c.business_id = %(business)s AND c.id IN (SELECT id FROM way)
 ORDER BY c.id
   FOR NO KEY UPDATE
