-- A worker whose advisory lock is free is gone; a lane whose lease is over was cut off. Their lanes are free at once.
WITH dead AS (
    UPDATE dispatch_worker
    SET ended_at = %(now)s
    WHERE ended_at IS NULL AND id <> %(worker)s AND pg_try_advisory_xact_lock(7, id::int)
    RETURNING id
)
UPDATE dispatch_lane l
SET owner_id = NULL, lease_until = NULL, epoch = epoch + 1, due_at = least(coalesce(due_at, %(now)s), %(now)s)
WHERE sender_id IN (
    SELECT sender_id FROM dispatch_lane
    WHERE owner_id IN (SELECT id FROM dead)
       OR (owner_id IS NOT NULL AND owner_id <> %(worker)s AND lease_until < clock_timestamp())
    ORDER BY sender_id
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING l.sender_id, l.epoch, l.business_id
