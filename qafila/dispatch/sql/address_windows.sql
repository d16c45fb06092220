-- Free text over official numbers of a package goes over the number whose window with the person is open: queued rows that
-- anybody might take are addressed to it, as things stand at the start.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT ON (w.contact_id) w.contact_id, w.sender_id
    FROM senders_packagemember pm
    JOIN ledger_window w ON w.sender_id = pm.sender_id AND w.last_inbound_at > %(since)s
    WHERE pm.package_id = %(package)s
    ORDER BY w.contact_id, w.last_inbound_at DESC
),
chosen AS MATERIALIZED (
    SELECT m.id, mine.sender_id
    FROM ledger_batch b
    JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id AND m.state = 1
    JOIN mine ON mine.contact_id = m.contact_id AND mine.sender_id <> m.sender_id
    WHERE b.id = %(batch)s
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
)
UPDATE ledger_message m
SET sender_id = chosen.sender_id, pinned_to = chosen.sender_id
FROM chosen
WHERE m.id = chosen.id
