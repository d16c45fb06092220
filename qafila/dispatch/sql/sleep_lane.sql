-- Lets go of a lane until it is due again (NULL: until it is woken). No row: it was woken or taken meanwhile.
UPDATE dispatch_lane
SET owner_id = NULL, lease_until = NULL, due_at = %(due)s, pace = %(pace)s
WHERE sender_id = %(sender)s AND epoch = %(epoch)s AND owner_id = %(worker)s AND wake = %(wake)s
RETURNING sender_id
