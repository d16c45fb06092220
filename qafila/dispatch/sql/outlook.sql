-- The flowing batches a sender may take from, and the first message of each that waits for it: when it is due, and how
-- long its text is (for the typing indicator). Paused batches are not in the index and are never looked at; one whose
-- template the sender's account may not use now is passed over until it may.
SELECT b.id, b.priority, b.content, first.due_at, first.id, first.address, first.length
FROM unnest(%(target_kinds)s::int[], %(target_ids)s::bigint[]) AS t (kind, id)
JOIN ledger_batch b ON b.target_kind = t.kind AND b.target_id = t.id AND b.state IN (2, 6)
 AND NOT EXISTS (
    SELECT FROM senders_messagetemplate mt
    WHERE mt.provider_account_id = (SELECT provider_account_id FROM senders_sender WHERE id = %(sender)s)
      AND b.content->>'kind' = 'template' AND mt.name = b.content->>'name' AND mt.language = b.content->>'language'
      AND NOT mt.can_send
)
CROSS JOIN LATERAL (
    SELECT due_at, id, address, length
    FROM (
        (SELECT m.due_at, m.id, m.address, length(m.body) AS length
         FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = %(sender)s AND m.due_at IS NOT NULL
         ORDER BY m.due_at, m.id LIMIT 1)
        UNION ALL
        (SELECT m.due_at, m.id, m.address, length(m.body)
         FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = 0 AND m.due_at IS NOT NULL
         ORDER BY m.due_at, m.id LIMIT 1)
    ) probes
    ORDER BY due_at, id
    LIMIT 1
) first
ORDER BY b.priority, b.id
