-- Follows merged_into to its end, for a few contacts. UNION ends a circle.
WITH RECURSIVE way (start, id, next) AS (
    SELECT id, id, merged_into_id FROM contacts_contact WHERE id = ANY(%(ids)s) AND business_id = %(business)s
     UNION
    SELECT way.start, c.id, c.merged_into_id FROM way JOIN contacts_contact c ON c.id = way.next
)
SELECT start, id FROM way WHERE next IS NULL
