INSERT INTO contacts_identity (business_id, contact_id, kind, value)
SELECT business_id, id, %(kind)s, %(value)s FROM contacts_contact WHERE id = %(contact)s AND business_id = %(business)s
    ON CONFLICT (business_id, kind, value) DO NOTHING
