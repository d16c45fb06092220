-- Certain webhooks again, those that are still unhandled and that nobody else has.
SELECT w.received_at, w.id, w.provider_account_id, w.business_id, w.body
FROM unnest(%(times)s::timestamptz[], %(ids)s::bigint[]) AS k (received_at, id)
JOIN receiving_rawwebhook w ON w.received_at = k.received_at AND w.id = k.id
WHERE w.handled_at IS NULL
ORDER BY w.id
FOR UPDATE OF w SKIP LOCKED
