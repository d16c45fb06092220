-- How many people a number wrote to have written back to it: a probe for each person who ever wrote to it.
SELECT count(*)
FROM ledger_window w
WHERE w.sender_id = %(sender)s AND EXISTS (
    SELECT FROM ledger_message m
    WHERE m.contact_id = w.contact_id AND m.sender_id = %(sender)s AND m.state IN (4, 6, 7)
      AND m.claimed_at <= w.last_inbound_at)
