-- Messages that nobody waits for any more, with their deliveries and tries.
WITH old AS (
    SELECT m.id FROM events_webhookmessage m
     WHERE m.at < %(before)s
       AND NOT EXISTS (SELECT FROM events_webhookdelivery d WHERE d.message_id = m.id AND d.next_at IS NOT NULL)
     ORDER BY m.at
     LIMIT %(most)s
), tries AS (
    DELETE FROM events_webhookattempt a USING events_webhookdelivery d, old
     WHERE a.delivery_id = d.id AND d.message_id = old.id
), deliveries AS (
    DELETE FROM events_webhookdelivery d USING old WHERE d.message_id = old.id
)
DELETE FROM events_webhookmessage m USING old WHERE m.id = old.id
