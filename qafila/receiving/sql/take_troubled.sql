-- One webhook that could not be handled before.
SELECT received_at, id, provider_account_id, business_id, body
FROM receiving_rawwebhook
WHERE handled_at IS NULL AND attempts > 0
ORDER BY id
LIMIT 1
FOR UPDATE SKIP LOCKED
