-- Queued messages of a batch to people whose window is shut with every one of the numbers. Who unsubscribed is counted there.
SELECT count(*)
FROM ledger_batch b
JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id AND m.state = 1
WHERE b.id = %(batch)s
  AND NOT EXISTS (
      SELECT FROM ledger_window w
      WHERE w.sender_id = ANY (%(senders)s) AND w.contact_id = m.contact_id AND w.last_inbound_at > %(since)s
  )
  AND NOT EXISTS (
      SELECT FROM contacts_optout o
      WHERE o.contact_id = m.contact_id AND o.ended_at IS NULL
  )
