-- Messages of a batch after which the person wanted no more: who got one said so within some days after, by a word to us
-- or by a choice at the provider (not what our own people noted or imported).
SELECT DISTINCT m.id
FROM contacts_optout o
JOIN ledger_message m ON m.contact_id = o.contact_id
WHERE o.business_id = %(business)s AND o.at >= %(since)s
  AND (%(until)s::timestamptz IS NULL OR o.at < %(until)s::timestamptz) AND o.source IN ('message', 'provider')
  AND m.batch_id = %(batch)s AND m.state IN (4, 6, 7)
  AND m.claimed_at <= o.at + interval '1 second' AND o.at < m.claimed_at + %(within)s
ORDER BY 1
