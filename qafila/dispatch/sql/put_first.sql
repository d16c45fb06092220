-- Some queued messages of batches that one number sends go before the others: what is addressed to a number is claimed before
-- what anybody may take, and here that is the same number. The caller holds the batches, so that none is given to others
-- meanwhile. What a lane just takes is left to it: nothing leaves the queue here. Their moment stays as it is: a claim that
-- began before would find a row changed that still is for it, which PostgreSQL answers by working the claim out anew.
WITH queued AS MATERIALIZED (
    SELECT m.id, b.target_id AS sender_id
    FROM ledger_message m
    JOIN ledger_batch b ON b.id = m.batch_id AND b.target_kind = 1 AND b.state <> 5
    WHERE m.id = ANY (%(ids)s) AND m.business_id = %(business)s AND m.batch_id = ANY (%(batches)s::bigint[])
      AND m.state = 1 AND m.due_at IS NOT NULL AND m.sender_id = 0
    ORDER BY m.id
    FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE ledger_message m
SET sender_id = q.sender_id, pinned_to = q.sender_id
FROM queued q
WHERE m.id = q.id
