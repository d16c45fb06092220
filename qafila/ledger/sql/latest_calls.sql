-- The latest calls of the batches that sent lately, by the order of their rows: seconds from the start (or from when the
-- message came into the books, if that was later) to the first call, and seconds that the provider took to answer. A batch
-- is sent in the order of its rows, so that its latest calls stand at the upper end of the attempts' key: no row more is
-- read than is asked for, however many messages there are.
SELECT CASE WHEN c.number = 1 THEN extract(epoch FROM c.began_at - greatest(c.created_at, b.started_at)) END AS wait,
       CASE WHEN c.outcome NOT IN ('gate', 'not_begun') THEN extract(epoch FROM c.ended_at - c.began_at) END AS run
FROM (
    SELECT id, first_id, last_id, started_at
    FROM ledger_batch
    WHERE business_id = %(business)s AND state <> 6 AND started_at IS NOT NULL AND total > 0
      AND (finished_at IS NULL OR finished_at >= %(since)s)
      AND (%(batch)s::bigint IS NULL OR id = %(batch)s::bigint)
      AND (%(sender)s::bigint IS NULL OR target_kind <> 1 OR target_id = %(sender)s::bigint)
    ORDER BY started_at DESC
    LIMIT %(batches)s
) b
CROSS JOIN LATERAL (
    SELECT a.number, a.began_at, a.ended_at, a.outcome, m.created_at
    FROM ledger_attempt a
    JOIN ledger_message m ON m.id = a.message_id
    WHERE a.message_id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
      AND (%(sender)s::bigint IS NULL OR a.sender_id = %(sender)s::bigint)
    ORDER BY a.message_id DESC, a.number DESC
    LIMIT %(calls)s
) c
WHERE c.began_at >= %(since)s
