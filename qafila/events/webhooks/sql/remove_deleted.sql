-- Some deliveries of endpoints that were deleted, with their tries. What was in the air has landed: its lease is long over.
WITH gone AS (
    SELECT d.id
      FROM events_webhookendpoint e
      JOIN events_webhookdelivery d ON d.endpoint_id = e.id
     WHERE e.deleted_at < %(before)s
     LIMIT %(most)s
), tries AS (
    DELETE FROM events_webhookattempt a USING gone WHERE a.delivery_id = gone.id
)
DELETE FROM events_webhookdelivery d USING gone WHERE d.id = gone.id
