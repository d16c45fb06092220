-- Deleted endpoints that nothing belongs to any more.
DELETE FROM events_webhookendpoint e
 WHERE e.deleted_at < %(before)s
   AND NOT EXISTS (SELECT FROM events_webhookdelivery d WHERE d.endpoint_id = e.id)
