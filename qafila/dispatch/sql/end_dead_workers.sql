-- A worker whose advisory lock is free is gone; a lane whose lease is over was cut off. Their lanes are free at once.
-- A lane of ours that we do not run (its task ended by a fault) is free after its lease, like anybody's.
WITH dead AS (
    UPDATE dispatch_worker
    SET ended_at = %(now)s
    WHERE ended_at IS NULL AND id <> %(worker)s AND pg_try_advisory_xact_lock(7, id::int)
    RETURNING id
),
-- Also workers that were ended in a round that could not take all of their lanes.
gone AS (
    SELECT id FROM dead
    UNION
    SELECT w.id FROM dispatch_worker w JOIN dispatch_lane l ON l.owner_id = w.id WHERE w.ended_at IS NOT NULL
)
UPDATE dispatch_lane l
SET owner_id = NULL, lease_until = NULL, epoch = epoch + 1, due_at = least(coalesce(due_at, %(now)s), %(now)s)
WHERE sender_id IN (
    SELECT sender_id FROM dispatch_lane
    WHERE owner_id IN (SELECT id FROM gone)
       OR (owner_id IS NOT NULL AND lease_until < clock_timestamp()
           AND (owner_id <> %(worker)s OR sender_id <> ALL (%(running)s)))
    ORDER BY sender_id
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING l.sender_id, l.epoch, l.business_id
