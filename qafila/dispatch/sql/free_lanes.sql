-- The lanes of workers that ended are free at once, also of one that was ended in a round that could not take all of them; so is
-- a lane whose lease is over: its worker was cut off. A lane of ours that we do not run (its task ended by a fault) is free after
-- its lease, like anybody's.
UPDATE dispatch_lane l
SET owner_id = NULL, lease_until = NULL, epoch = epoch + 1, due_at = least(coalesce(due_at, %(now)s), %(now)s)
WHERE sender_id IN (
    SELECT sender_id FROM dispatch_lane
    WHERE owner_id IN (SELECT w.id FROM dispatch_worker w JOIN dispatch_lane o ON o.owner_id = w.id WHERE w.ended_at IS NOT NULL)
       OR (owner_id IS NOT NULL AND lease_until < clock_timestamp()
           AND (owner_id <> %(worker)s OR sender_id <> ALL (%(running)s)))
    ORDER BY sender_id
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING l.sender_id, l.epoch, l.business_id
