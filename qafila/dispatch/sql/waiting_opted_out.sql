-- Queued messages of a batch to people who do not want to be written to: they will be skipped. Found from the people.
SELECT count(*)
FROM ledger_batch b
JOIN contacts_optout o ON o.business_id = b.business_id AND o.ended_at IS NULL
JOIN ledger_message m ON m.contact_id = o.contact_id AND m.id BETWEEN b.first_id AND b.last_id
WHERE b.id = %(batch)s AND m.batch_id = b.id AND m.state = 1
