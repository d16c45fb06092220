-- When the webhook came that waits longest. By id, as the index of the waiting ones of each day is: ids follow the arrival.
SELECT received_at
FROM receiving_rawwebhook
WHERE handled_at IS NULL
ORDER BY id
LIMIT 1
