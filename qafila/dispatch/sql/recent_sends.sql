-- Whom a sender wrote to lately: read once when its lane is taken, for the pair limit.
-- A message arrives between its beginning and its answer; what a lost worker had in the air may still arrive for a while.
SELECT m.contact_id, coalesce(a.ended_at, %(arriving)s) AS arrived_at
FROM ledger_attempt a
JOIN ledger_message m ON m.id = a.message_id
WHERE a.began_at > %(since)s AND a.sender_id = %(sender)s AND m.contact_id IS NOT NULL
  -- What was certainly not accepted did not reach the person.
  AND (a.outcome IS NULL OR a.outcome IN ('accepted', 'unknown'))
ORDER BY 2
