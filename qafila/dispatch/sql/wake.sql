-- Wakes the lanes of senders; makes the lanes that do not exist yet.
INSERT INTO dispatch_lane AS l (sender_id, business_id, due_at, epoch, wake, pace)
SELECT s.id, s.business_id, %(now)s, 0, 1, '{}'
FROM senders_sender s
WHERE s.id = ANY(%(senders)s) AND s.provider_account_id IS NOT NULL
ORDER BY s.id
ON CONFLICT (sender_id) DO UPDATE
SET wake = l.wake + 1, due_at = least(coalesce(l.due_at, excluded.due_at), excluded.due_at)
RETURNING sender_id
