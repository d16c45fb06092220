-- The same where what is wanted is rare: a partial index gives all of it, then it is put in order.
SELECT m.*
FROM unnest(%(batches)s::bigint[]) WITH ORDINALITY AS w (batch, place)
CROSS JOIN LATERAL (
    SELECT {columns}
    FROM ledger_message m
    WHERE m.batch_id = w.batch AND {indexed} AND {wanted}
    OFFSET 0
) m
ORDER BY w.place, m.id {direction}
OFFSET %(skip)s LIMIT %(limit)s
