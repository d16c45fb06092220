-- Uncertain for a quarter of an hour and more, while messages of the same sender that were begun within a minute of it
-- have been delivered since.
SELECT m.id
FROM ledger_message m
WHERE m.id = ANY (%(ids)s) AND m.uncertain_at < %(now)s::timestamptz - interval '15 minutes'
  AND EXISTS (
      SELECT FROM ledger_attempt a
      JOIN ledger_message n ON n.id = a.message_id
      WHERE a.began_at BETWEEN m.claimed_at - interval '1 minute' AND m.claimed_at + interval '1 minute'
        AND a.sender_id = m.sender_id AND n.id <> m.id AND n.delivered_at > m.claimed_at
  )
