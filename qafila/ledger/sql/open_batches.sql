-- The open batch of each sender, made where it is missing. The caller holds the locks of ``lock_open_batches``.
INSERT INTO ledger_batch
    (public_id, business_id, state, hold_code, priority, target_kind, target_id, content, total, sealed, created_at, started_at)
SELECT gen_random_uuid(), s.business_id, 6, '', 1, 1, s.id, '{"kind": "text"}', 0, true, %(now)s, %(now)s
FROM senders_sender s
WHERE s.id = ANY (%(senders)s)
  AND NOT EXISTS (
      SELECT FROM ledger_batch b WHERE b.target_kind = 1 AND b.target_id = s.id AND b.priority = 1 AND b.state = 6
  )
ORDER BY s.id
