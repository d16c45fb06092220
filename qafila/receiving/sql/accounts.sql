-- Provider accounts and the numbers on them.
SELECT a.id, a.public_id::text, a.business_id, a.kind, a.config, s.id, s.public_id::text, s.name, s.ref
FROM senders_provideraccount a
LEFT JOIN senders_sender s ON s.provider_account_id = a.id AND s.business_id = a.business_id
WHERE a.id = ANY (%(ids)s)
