-- Some queued messages of packages' batches are addressed to one of the package's numbers, as a person says. The caller holds
-- the batches, so that none is given to others meanwhile. What a lane just takes is left to it: nothing leaves the queue here.
-- Free text over official numbers (%(windows)s) goes only to a number that may write to the person now.
WITH queued AS MATERIALIZED (
    SELECT m.id
    FROM ledger_message m
    JOIN ledger_batch b ON b.id = m.batch_id AND b.target_kind = 3 AND b.state <> 5
    JOIN senders_packagemember pm ON pm.package_id = b.target_id AND pm.sender_id = %(sender)s
    WHERE m.id = ANY (%(ids)s) AND m.business_id = %(business)s AND m.batch_id = ANY (%(batches)s::bigint[])
      AND m.state = 1 AND m.due_at IS NOT NULL AND m.sender_id <> %(sender)s
      AND (m.batch_id <> ALL (%(windows)s::bigint[]) OR EXISTS (
          SELECT FROM ledger_window w
          WHERE w.sender_id = %(sender)s AND w.contact_id = m.contact_id AND w.last_inbound_at > %(since)s
      ))
    ORDER BY m.id
    FOR NO KEY UPDATE OF m SKIP LOCKED
),
moved AS (
    UPDATE ledger_message m
    SET sender_id = %(sender)s, pinned_to = %(sender)s
    FROM queued q
    WHERE m.id = q.id
    RETURNING m.batch_id
)
SELECT batch_id, count(*) FROM moved GROUP BY 1 ORDER BY 1
