-- Uncertain messages whose provider can be asked what became of them; the oldest first.
SELECT m.id, m.attempt, m.tries, m.batch_id, m.business_id, a.sender_id, a.began_at, b.priority
FROM ledger_message m
JOIN ledger_attempt a ON a.message_id = m.id AND a.number = m.attempt
JOIN ledger_batch b ON b.id = m.batch_id
WHERE m.uncertain_at IS NOT NULL AND m.state = 3
  AND m.uncertain_at > %(since)s
  AND a.sender_id = ANY (%(senders)s::bigint[])
  AND m.id <> ALL (%(not_yet)s::bigint[])
ORDER BY m.uncertain_at, m.id
LIMIT %(most)s
