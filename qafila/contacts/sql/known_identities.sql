-- Contact ids of identities, merged contacts told. Both steps are materialised: joined at once, a plan made while the
-- tables were small would walk all identities of the business.
WITH i AS MATERIALIZED (
    SELECT value, contact_id
    FROM contacts_identity
    WHERE business_id = %(business)s AND kind = %(kind)s AND value = ANY (%(values)s::text[])
),
c AS MATERIALIZED (
    SELECT id, merged_into_id FROM contacts_contact WHERE id = ANY (ARRAY(SELECT contact_id FROM i))
)
SELECT i.value, i.contact_id, c.merged_into_id
FROM i
JOIN c ON c.id = i.contact_id
