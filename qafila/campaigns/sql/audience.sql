-- Of these numbers: how many belong to people who said STOP, and how many may be answered with free text by one of these senders.
SELECT count(*) FILTER (WHERE EXISTS (
           SELECT FROM contacts_optout o WHERE o.contact_id = i.contact_id AND o.ended_at IS NULL
       )),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM ledger_window w
           WHERE w.sender_id = ANY(%(senders)s) AND w.contact_id = i.contact_id AND w.last_inbound_at > %(since)s
       ))
FROM contacts_identity i
WHERE i.business_id = %(business)s AND i.kind = 'phone' AND i.value = ANY(%(numbers)s)
