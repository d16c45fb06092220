-- Packages with something queued in a flowing batch, and whether one of their numbers may send now or within the moment
-- %(soon)s; and if none may, whether one comes back by itself.
SELECT p.id, p.public_id::text, p.business_id, p.name,
       coalesce(bool_or(s.state = 'ready' AND a.state = 'ok' AND (l.due_at IS NULL OR l.due_at <= %(soon)s)), false) AS able,
       coalesce(bool_or(a.state = 'ok' AND s.state IN ('ready', 'resting')), false) AS comes_back,
       min(CASE WHEN a.state <> 'ok' THEN NULL WHEN s.state = 'resting' THEN s.rest_until
                WHEN s.state = 'ready' THEN l.due_at END) AS back_at
FROM senders_package p
LEFT JOIN senders_packagemember pm ON pm.package_id = p.id
LEFT JOIN senders_sender s ON s.id = pm.sender_id
LEFT JOIN senders_provideraccount a ON a.id = s.provider_account_id
LEFT JOIN dispatch_lane l ON l.sender_id = s.id
WHERE EXISTS (
    SELECT FROM ledger_batch b
    WHERE b.target_kind = 3 AND b.target_id = p.id AND b.state = 2
      AND EXISTS (SELECT FROM ledger_message m WHERE m.batch_id = b.id AND m.due_at IS NOT NULL)
)
GROUP BY p.id
