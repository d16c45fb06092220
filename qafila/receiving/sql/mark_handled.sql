UPDATE receiving_rawwebhook w
SET handled_at = %(now)s, trouble = NULL
FROM unnest(%(times)s::timestamptz[], %(ids)s::bigint[]) AS k (received_at, id)
WHERE w.received_at = k.received_at AND w.id = k.id AND w.handled_at IS NULL
