-- Lanes that sleep until they are woken, of senders that may send, for which a flowing batch has something waiting.
WITH flowing AS MATERIALIZED (
    SELECT id, target_kind, target_id, content FROM ledger_batch WHERE state IN (2, 6)
),
may AS (
    SELECT f.id AS batch_id, f.target_id AS sender_id FROM flowing f WHERE f.target_kind = 1
    UNION ALL
    SELECT f.id, s.id FROM flowing f JOIN senders_sender s ON f.target_kind = 2 AND s.provider_account_id = f.target_id
    UNION ALL
    SELECT f.id, pm.sender_id FROM flowing f JOIN senders_packagemember pm ON f.target_kind = 3 AND pm.package_id = f.target_id
)
SELECT DISTINCT l.sender_id
FROM may
JOIN dispatch_lane l ON l.sender_id = may.sender_id AND l.owner_id IS NULL AND l.due_at IS NULL
JOIN senders_sender s ON s.id = l.sender_id AND s.state = 'ready'
JOIN senders_provideraccount a ON a.id = s.provider_account_id AND a.state = 'ok'
WHERE (EXISTS (SELECT FROM ledger_message m WHERE m.batch_id = may.batch_id AND m.sender_id = 0 AND m.due_at IS NOT NULL)
       OR EXISTS (SELECT FROM ledger_message m
                  WHERE m.batch_id = may.batch_id AND m.sender_id = l.sender_id AND m.due_at IS NOT NULL))
  -- What waits for its template to be approved strands nobody.
  AND NOT EXISTS (
    SELECT FROM flowing f
    JOIN senders_messagetemplate mt ON mt.provider_account_id = a.id AND NOT mt.can_send
     AND f.content->>'kind' = 'template' AND mt.name = f.content->>'name' AND mt.language = f.content->>'language'
    WHERE f.id = may.batch_id
  )
