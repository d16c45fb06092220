-- Campaigns that used a number: addressed to it, or sent by it out of a package; newest first, with what it did in each.
SELECT c.public_id, c.name, c.kind, b.state, c.import_state, c.created_at, b.started_at, b.finished_at,
       coalesce(s.sent + s.delivered + s.read, 0) AS sent,
       coalesce(s.delivered + s.read, 0) AS delivered,
       coalesce(s.read, 0) AS read,
       coalesce(s.failed, 0) AS failed,
       coalesce(s.sending + s.uncertain, 0) AS open,
       c.routing::text
FROM campaigns_campaign c
JOIN ledger_batch b ON b.id = c.batch_id
LEFT JOIN ledger_batchsender s ON s.batch_id = c.batch_id AND s.sender_id = %(sender)s
WHERE c.business_id = %(business)s AND c.deleted_at IS NULL
  AND (c.sender_id = %(sender)s OR s.sender_id IS NOT NULL)
  AND (%(after)s::bigint IS NULL OR (c.created_at, c.id) < (
        SELECT p.created_at, p.id FROM campaigns_campaign p WHERE p.id = %(after)s::bigint))
ORDER BY c.created_at DESC, c.id DESC
LIMIT %(limit)s
