INSERT INTO contacts_optout AS o (business_id, contact_id, at, source, words)
SELECT business_id, id, %(now)s, %(source)s, %(words)s
  FROM contacts_contact WHERE id = %(contact)s AND business_id = %(business)s
    ON CONFLICT (contact_id) WHERE ended_at IS NULL DO NOTHING
RETURNING (SELECT public_id::text FROM contacts_contact WHERE id = o.contact_id)
