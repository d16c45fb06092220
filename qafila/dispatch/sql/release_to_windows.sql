-- Free text over official numbers: queued rows addressed to a number that cannot send go to another number of the package that
-- has an open window with the person and can send now or soon. Where none has, a row stays with its number as long as its own
-- window is open (nobody else may write to that person, and anybody else would skip it); after that it is anybody's.
WITH able AS MATERIALIZED (
    SELECT s.id AS sender_id
    FROM senders_packagemember pm
    JOIN senders_sender s ON s.id = pm.sender_id
    JOIN senders_provideraccount a ON a.id = s.provider_account_id AND a.state = 'ok'
    LEFT JOIN dispatch_lane l ON l.sender_id = s.id
    WHERE pm.package_id = %(package)s AND s.id <> %(sender)s
      AND ((s.state = 'ready' AND (l.due_at IS NULL OR l.due_at <= %(soon)s))
           OR (s.state = 'resting' AND s.rest_until <= %(soon)s))
),
stuck AS MATERIALIZED (
    SELECT m.id, coalesce(other.sender_id, 0) AS sender_id
    FROM ledger_message m
    LEFT JOIN LATERAL (
        SELECT w.sender_id
        FROM ledger_window w
        JOIN able ON able.sender_id = w.sender_id
        WHERE w.contact_id = m.contact_id AND w.last_inbound_at > %(since)s
        ORDER BY w.last_inbound_at DESC
        LIMIT 1
    ) other ON true
    WHERE m.batch_id = %(batch)s AND m.sender_id = %(sender)s AND m.due_at IS NOT NULL AND m.state = 1
      AND (other.sender_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM ledger_window own
        WHERE own.contact_id = m.contact_id AND own.sender_id = %(sender)s AND own.last_inbound_at > %(since)s
      ))
    ORDER BY m.due_at, m.id
    LIMIT %(most)s
    FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE ledger_message m
SET sender_id = stuck.sender_id, pinned_to = stuck.sender_id
FROM stuck
WHERE m.id = stuck.id
