-- Messages of a batch that were answered: whoever got one wrote to the number that sent it within some days after.
-- Read from what people wrote since the batch began (an index by time), then each person's own messages.
WITH wrote AS MATERIALIZED (
    SELECT i.contact_id, i.sender_id, i.created_at
    FROM ledger_message i
    WHERE i.business_id = %(business)s AND i.created_at >= %(since)s
      AND (%(until)s::timestamptz IS NULL OR i.created_at < %(until)s::timestamptz)
      AND i.claimed_at IS NULL AND i.provider_id IS NOT NULL AND i.state = 10 AND i.contact_id IS NOT NULL
)
SELECT DISTINCT m.id
FROM wrote w
JOIN ledger_message m ON m.contact_id = w.contact_id
WHERE m.batch_id = %(batch)s AND m.sender_id = w.sender_id AND m.state IN (4, 6, 7)
  AND m.claimed_at <= w.created_at AND w.created_at < m.claimed_at + %(within)s
ORDER BY 1
