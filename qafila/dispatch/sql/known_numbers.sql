-- Of these people: which number of a package last wrote with them, to or from, among those that may send now or soon. For
-- free text on official numbers the one with the youngest open window goes before it: no other may write to that person.
WITH able AS MATERIALIZED (
    SELECT pm.sender_id
    FROM senders_packagemember pm
    JOIN senders_sender s ON s.id = pm.sender_id
    JOIN senders_provideraccount a ON a.id = s.provider_account_id AND a.state = 'ok'
    WHERE pm.package_id = %(package)s
      AND (s.state = 'ready' OR (s.state = 'resting' AND s.rest_until <= %(soon)s))
)
SELECT person.id, coalesce(open_window.sender_id, thread.sender_id)
FROM unnest(%(contacts)s::bigint[]) AS person (id)
LEFT JOIN LATERAL (
    SELECT w.sender_id
    FROM ledger_window w
    WHERE %(windows)s AND w.contact_id = person.id AND w.sender_id IN (SELECT sender_id FROM able)
      AND w.last_inbound_at > %(since)s
    ORDER BY w.last_inbound_at DESC
    LIMIT 1
) open_window ON true
LEFT JOIN LATERAL (
    -- 4 sent, 6 delivered, 7 read, 10 received
    SELECT m.sender_id
    FROM ledger_message m
    WHERE m.contact_id = person.id AND m.state IN (4, 6, 7, 10) AND m.sender_id IN (SELECT sender_id FROM able)
    ORDER BY m.id DESC
    LIMIT 1
) thread ON open_window.sender_id IS NULL
WHERE coalesce(open_window.sender_id, thread.sender_id) IS NOT NULL
