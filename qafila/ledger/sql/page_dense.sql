-- A page of messages along batches in a given order, where what is wanted is common: the primary key is walked, and each
-- batch is left as soon as the page is full.
SELECT m.*
FROM unnest(%(batches)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[])
     WITH ORDINALITY AS w (batch, first, last, place)
CROSS JOIN LATERAL (
    SELECT {columns}
    FROM ledger_message m
    WHERE m.batch_id = w.batch AND m.id BETWEEN w.first AND w.last AND {wanted}
    ORDER BY m.id {direction}
    LIMIT %(need)s
) m
ORDER BY w.place, m.id {direction}
OFFSET %(skip)s LIMIT %(limit)s
