-- Only lanes that are really run; in the order in which waking locks them.
UPDATE dispatch_lane
SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE sender_id IN (
    SELECT sender_id FROM dispatch_lane
    WHERE owner_id = %(worker)s AND sender_id = ANY (%(running)s)
    ORDER BY sender_id
    FOR NO KEY UPDATE
)
RETURNING sender_id, epoch, wake
