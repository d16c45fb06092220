-- Failed messages are queued again with fresh tries. Skipped ones (opted out, duplicate, no number) are not, nor those that
-- failed until a given moment (they were cleared).
WITH batch AS MATERIALIZED (
    SELECT id, first_id, last_id FROM ledger_batch WHERE id = %(batch)s AND business_id = %(business)s
),
failed AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.sender_id
    FROM ledger_message m
    WHERE m.id BETWEEN (SELECT first_id FROM batch) AND (SELECT last_id FROM batch)
      AND m.batch_id = (SELECT id FROM batch) AND m.state = 5
      AND (%(reasons)s::text[] IS NULL OR coalesce(m.reason, '') = ANY (%(reasons)s::text[]))
      AND (%(failed_after)s::timestamptz IS NULL OR m.failed_at IS NULL OR m.failed_at > %(failed_after)s::timestamptz)
    ORDER BY m.id
    FOR NO KEY UPDATE
),
moved AS (
    UPDATE ledger_message m
    SET state = 1, due_at = %(now)s, sender_id = m.pinned_to, tries = 0, failed_at = NULL, provider_id = NULL,
        reason = NULL
    FROM failed f
    WHERE m.id = f.id
    RETURNING m.id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, failed)
    SELECT batch_id, sender_id, -count(*) FROM failed GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET failed = c.failed + excluded.failed
)
SELECT count(*) FROM moved
