-- Whom these identities belong to; a merged person's number leads to the one who stayed.
SELECT i.value, i.contact_id, c.merged_into_id
  FROM unnest(%(values)s::text[]) AS given (value)
  JOIN contacts_identity i ON i.business_id = %(business)s AND i.kind = %(kind)s AND i.value = given.value
  JOIN contacts_contact c ON c.id = i.contact_id
