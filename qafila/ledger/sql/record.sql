-- What became of attempts. Fenced by (message, attempt number), not by epoch: a slow worker's answer is still the truth.
-- States: 1 queued, 2 sending, 3 uncertain, 4 sent, 5 failed, 6 delivered, 7 read, 8 skipped.
WITH r AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(ids)s::bigint[], %(numbers)s::int[], %(senders)s::bigint[], %(states)s::int[], %(ats)s::timestamptz[],
        %(dues)s::timestamptz[], %(uncounted)s::bool[], %(provider_ids)s::text[], %(reasons)s::text[],
        %(outcomes)s::text[], %(codes)s::text[], %(details)s::text[]
    ) AS t (id, number, sender, st, at, due, uncounted, provider_id, reason, outcome, code, detail)
),
-- A receipt may have come first (4 to 7), or a person may have asked to resend an uncertain one (1): an acceptance still
-- counts then, and takes it out of the queue again.
old AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.sender_id AS old_sender, m.state AS old_state, r.sender, r.at, r.due, r.uncounted,
           r.provider_id, r.reason,
           CASE WHEN m.state IN (2, 3) THEN r.st WHEN m.state = 1 THEN 4 ELSE m.state END AS new_state
    FROM r
    JOIN ledger_message m ON m.id = r.id
    WHERE m.attempt = r.number
      AND (m.state IN (2, 3) OR (r.st = 4 AND m.state IN (1, 4, 5, 6, 7)))
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
),
moved AS (
    UPDATE ledger_message m
    SET state = o.new_state,
        claimed_by = NULL,
        due_at = CASE WHEN o.new_state = 1 THEN o.due END,
        sender_id = CASE WHEN o.new_state = 1 THEN m.pinned_to WHEN o.new_state <> o.old_state THEN o.sender
                         ELSE m.sender_id END,
        tries = m.tries - CASE WHEN o.uncounted THEN 1 ELSE 0 END,
        provider_id = coalesce(m.provider_id, o.provider_id),
        reason = CASE WHEN o.new_state = o.old_state THEN m.reason WHEN o.new_state = 4 THEN NULL ELSE o.reason END,
        sent_at = CASE WHEN o.new_state IN (4, 6, 7) THEN coalesce(m.sent_at, o.at) ELSE m.sent_at END,
        failed_at = CASE WHEN o.new_state IN (5, 8) THEN coalesce(m.failed_at, o.at) END,
        uncertain_at = CASE WHEN o.new_state = 3 THEN coalesce(m.uncertain_at, o.at) END
    FROM old o
    WHERE m.id = o.id
    RETURNING m.id
),
tried AS (
    UPDATE ledger_attempt a
    SET ended_at = r.at, provider_id = coalesce(a.provider_id, r.provider_id),
        -- A receipt that came first has already proved the acceptance.
        outcome = CASE WHEN a.outcome = 'accepted' THEN a.outcome ELSE r.outcome END,
        code = CASE WHEN a.outcome = 'accepted' THEN a.code ELSE r.code END,
        detail = CASE WHEN a.outcome = 'accepted' THEN a.detail ELSE r.detail END
    FROM r
    WHERE a.message_id = r.id AND a.number = r.number
    RETURNING a.message_id
),
change AS (
    SELECT batch_id, sender_id, st, sum(n) AS n
    FROM (
        SELECT batch_id, old_sender AS sender_id, old_state AS st, -1 AS n FROM old WHERE old_state <> new_state
        UNION ALL
        SELECT batch_id, sender, new_state, 1 FROM old WHERE old_state <> new_state
    ) pairs
    WHERE st <> 1
    GROUP BY 1, 2, 3
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sending, uncertain, sent, failed, delivered, read, skipped)
    SELECT batch_id, sender_id,
           coalesce(sum(n) FILTER (WHERE st = 2), 0), coalesce(sum(n) FILTER (WHERE st = 3), 0),
           coalesce(sum(n) FILTER (WHERE st = 4), 0), coalesce(sum(n) FILTER (WHERE st = 5), 0),
           coalesce(sum(n) FILTER (WHERE st = 6), 0), coalesce(sum(n) FILTER (WHERE st = 7), 0),
           coalesce(sum(n) FILTER (WHERE st = 8), 0)
    FROM change
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE
    SET sending = c.sending + excluded.sending, uncertain = c.uncertain + excluded.uncertain,
        sent = c.sent + excluded.sent, failed = c.failed + excluded.failed,
        delivered = c.delivered + excluded.delivered, read = c.read + excluded.read,
        skipped = c.skipped + excluded.skipped
    RETURNING 1
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM tried), (SELECT count(*) FROM counted)
