-- A person's word on uncertain messages: 4 sent, 5 failed, 1 resend.
WITH chosen AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.sender_id
    FROM ledger_message m
    WHERE m.business_id = %(business)s AND m.uncertain_at IS NOT NULL AND m.state = 3
      AND m.uncertain_at <= %(before)s
      AND (%(ids)s::bigint[] IS NULL OR m.id = ANY (%(ids)s::bigint[]))
      AND (%(batch)s::bigint IS NULL OR m.batch_id = %(batch)s::bigint)
    ORDER BY m.id
    FOR NO KEY UPDATE
),
moved AS (
    UPDATE ledger_message m
    SET state = %(state)s, uncertain_at = NULL,
        due_at = CASE WHEN %(state)s = 1 THEN %(now)s::timestamptz END,
        sender_id = CASE WHEN %(state)s = 1 THEN m.pinned_to ELSE m.sender_id END,
        tries = CASE WHEN %(state)s = 1 THEN 0 ELSE m.tries END,
        sent_at = CASE WHEN %(state)s = 4 THEN coalesce(m.sent_at, m.claimed_at) ELSE m.sent_at END,
        failed_at = CASE WHEN %(state)s = 5 THEN %(now)s::timestamptz END,
        reason = CASE %(state)s WHEN 5 THEN 'resolved_failed' WHEN 4 THEN 'resolved_sent' ELSE 'resolved_resend' END
    FROM chosen c
    WHERE m.id = c.id
    RETURNING m.id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, uncertain, sent, failed)
    SELECT batch_id, sender_id, -count(*), CASE WHEN %(state)s = 4 THEN count(*) ELSE 0 END,
           CASE WHEN %(state)s = 5 THEN count(*) ELSE 0 END
    FROM chosen
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE
    SET uncertain = c.uncertain + excluded.uncertain, sent = c.sent + excluded.sent, failed = c.failed + excluded.failed
)
SELECT count(*) FROM moved
