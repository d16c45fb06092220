-- The identity decides: whoever writes it first has made the contact, the other one makes nothing. The contact's row follows
-- its identity (the foreign key is checked at commit), so none is left over. Sorted, so that two of these wait in one order.
WITH given AS (
    SELECT value, name, nextval('contacts_contact_id_seq') AS contact_id
      FROM unnest(%(values)s::text[], %(names)s::text[]) AS given (value, name)
), taken AS (
    INSERT INTO contacts_identity (business_id, contact_id, kind, value)
    SELECT %(business)s, contact_id, %(kind)s, value FROM given ORDER BY value COLLATE "C"
        ON CONFLICT (business_id, kind, value) DO NOTHING
    RETURNING value, contact_id
), made AS (
    INSERT INTO contacts_contact (id, public_id, business_id, name, language, created_at)
    SELECT contact_id, gen_random_uuid(), %(business)s, name, '', %(now)s FROM taken JOIN given USING (value, contact_id)
)
SELECT value, contact_id FROM taken
