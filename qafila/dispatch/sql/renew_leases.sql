UPDATE dispatch_lane
SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE owner_id = %(worker)s
RETURNING sender_id, epoch, wake
