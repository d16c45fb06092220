-- As renew_leases, for when somebody stands still with one of the lanes in its hands: the others must not be lost with it.
UPDATE dispatch_lane
SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE sender_id IN (
    SELECT sender_id FROM dispatch_lane
    WHERE owner_id = %(worker)s AND sender_id = ANY (%(running)s)
    ORDER BY sender_id
    FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING sender_id, epoch, wake
