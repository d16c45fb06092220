-- A fingerprint of every campaign that moves or moved within the hour: its batch's state and counters.
SELECT c.business_id, c.public_id,
       hashtextextended(concat_ws(',', b.state, b.total, c.import_rows, c.import_state, k.n), 0)
FROM ledger_batch b
JOIN campaigns_campaign c ON c.batch_id = b.id
LEFT JOIN LATERAL (
    SELECT string_agg(
        concat_ws(':', sender_id, sending, uncertain, sent, failed, delivered, read, skipped, cancelled), ';' ORDER BY sender_id
    ) AS n
    FROM ledger_batchsender
    WHERE batch_id = b.id
) k ON true
WHERE c.deleted_at IS NULL
  AND (b.state = 2 OR c.import_state IN ('waiting', 'running') OR b.finished_at > %(now)s::timestamptz - interval '1 hour')
