UPDATE receiving_waitingreceipt w
SET tries = w.tries + 1, due_at = k.due_at
FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[]) AS k (id, due_at)
WHERE w.id = k.id
