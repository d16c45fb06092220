-- What receipts say about messages, in one statement. Only forward: a state is a rank, greatest() decides.
-- States: 1 queued, 2 sending, 3 uncertain, 4 sent, 5 failed, 6 delivered, 7 read, 8 skipped, 9 cancelled, 10 received.
-- Lock order, as everywhere: messages by id, then attempts, then counters by (batch, sender).
WITH r AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(accounts)s::bigint[], %(message_ids)s::bigint[], %(numbers)s::int[], %(provider_ids)s::text[],
        %(states)s::int[], %(ats)s::timestamptz[], %(reasons)s::text[], %(codes)s::text[], %(details)s::text[]
    ) WITH ORDINALITY AS t (account, message_id, number, provider_id, st, at, reason, code, detail, n)
),
-- A receipt counts only if it comes over the provider account of the sender that made the attempt. "settled": it was
-- known before that the provider had taken this attempt. No two of these sets are joined with each other: the planner
-- knows their sizes badly and would compare each row with each.
by_attempt AS MATERIALIZED (
    SELECT r.*, s.id AS sender_id, a.outcome IS NOT DISTINCT FROM 'accepted' AS settled
    FROM r
    LEFT JOIN (ledger_attempt a JOIN senders_sender s ON s.id = a.sender_id)
      ON a.message_id = r.message_id AND a.number = r.number AND s.provider_account_id = r.account
),
found AS MATERIALIZED (
    SELECT n, message_id AS id, number, sender_id, settled, provider_id, st, at, reason, code, detail
    FROM by_attempt
    WHERE sender_id IS NOT NULL
    UNION ALL
    SELECT b.n, m.id, m.attempt, m.sender_id, true, b.provider_id, b.st, b.at, b.reason, b.code, b.detail
    FROM by_attempt b
    JOIN ledger_message m
      ON hashtextextended(m.provider_id, 0) = hashtextextended(b.provider_id, 0)
     AND m.provider_id = b.provider_id AND m.provider_id IS NOT NULL
    JOIN senders_sender s ON s.id = m.sender_id
    WHERE b.sender_id IS NULL AND s.provider_account_id = b.account AND m.state <> 10
),
folded AS MATERIALIZED (
    SELECT f.id,
           max(f.st) FILTER (WHERE f.st IN (6, 7)) AS arrived,
           max(f.number) FILTER (WHERE f.st = 4) AS sent_number,
           max(f.number) FILTER (WHERE f.st = 4 AND NOT f.settled) AS sent_unsettled,
           max(f.number) FILTER (WHERE f.st = 5) AS failed_number,
           max(f.number) FILTER (WHERE f.st = 5 AND NOT f.settled) AS failed_unsettled,
           min(f.at) FILTER (WHERE f.st = 4) AS sent_at,
           min(f.at) FILTER (WHERE f.st = 5) AS failed_at,
           min(f.at) FILTER (WHERE f.st = 6) AS delivered_at,
           min(f.at) FILTER (WHERE f.st = 7) AS read_at,
           (array_agg(f.reason ORDER BY f.number DESC, f.n) FILTER (WHERE f.st = 5))[1] AS reason,
           (array_agg(f.provider_id ORDER BY f.number DESC, f.n))[1] AS provider_id,
           (array_agg(f.sender_id ORDER BY f.number DESC, f.n))[1] AS sender_id
    FROM found f
    GROUP BY f.id
),
-- Only rows that will change are locked: duplicates cost a look. Evidence wins over what was decided without it: a
-- queued, skipped or cancelled row may have been sent after all. But what waits because somebody retried it is moved by
-- news of an earlier attempt only if that attempt was open until now, or if the message arrived. A failure counts for
-- the last attempt alone.
old AS MATERIALIZED (
    SELECT m.id, m.batch_id, m.contact_id, m.address, m.sender_id AS old_sender, m.state AS old_state, e.new_state,
           CASE WHEN m.state IN (1, 8, 9) THEN f.sender_id ELSE m.sender_id END AS new_sender,
           f.provider_id, f.reason, f.failed_at, f.delivered_at, f.read_at,
           coalesce(f.sent_at, least(f.delivered_at, f.read_at)) AS sent_at
    FROM folded f
    JOIN ledger_message m ON m.id = f.id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.state IN (1, 8, 9)
                    THEN f.sent_unsettled IS NOT NULL
                    ELSE f.sent_unsettled IS NOT NULL OR f.sent_number >= m.attempt END AS sent,
               CASE WHEN m.state IN (1, 8, 9)
                    THEN f.failed_unsettled >= m.attempt ELSE f.failed_number >= m.attempt END AS failed
    ) says
    CROSS JOIN LATERAL (
        SELECT greatest(f.arrived, CASE WHEN says.sent THEN 4 END, CASE WHEN says.failed THEN 5 END) AS evidence
    ) known
    CROSS JOIN LATERAL (
        SELECT greatest(CASE WHEN m.state IN (8, 9) THEN 1 ELSE m.state END, known.evidence) AS new_state
    ) e
    WHERE known.evidence IS NOT NULL
      AND (e.new_state <> m.state
           OR (m.provider_id IS NULL AND f.provider_id IS NOT NULL)
           OR m.delivered_at > f.delivered_at OR (m.delivered_at IS NULL AND f.delivered_at IS NOT NULL)
           OR m.read_at > f.read_at OR (m.read_at IS NULL AND f.read_at IS NOT NULL)
           -- Providers tell whole seconds; our own record of the acceptance is finer and stays.
           OR date_trunc('second', m.sent_at) > f.sent_at
           OR (m.sent_at IS NULL AND (f.sent_at IS NOT NULL OR f.arrived IS NOT NULL)))
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
),
moved AS (
    UPDATE ledger_message m
    SET state = o.new_state,
        due_at = NULL,
        claimed_by = NULL,
        uncertain_at = NULL,
        sender_id = o.new_sender,
        provider_id = coalesce(m.provider_id, o.provider_id),
        reason = CASE WHEN o.new_state = o.old_state THEN m.reason WHEN o.new_state = 5 THEN o.reason END,
        sent_at = CASE WHEN date_trunc('second', m.sent_at) <= o.sent_at THEN m.sent_at
                       ELSE coalesce(o.sent_at, m.sent_at) END,
        delivered_at = least(m.delivered_at, o.delivered_at),
        read_at = least(m.read_at, o.read_at),
        failed_at = CASE WHEN o.new_state = 5 THEN CASE WHEN o.old_state = 5 THEN m.failed_at ELSE o.failed_at END END
    FROM old o
    WHERE m.id = o.id
    RETURNING m.id
),
-- Whatever the answer to the call was: a receipt proves that the provider had taken it.
tried AS (
    UPDATE ledger_attempt a
    SET ended_at = coalesce(a.ended_at, e.at), outcome = 'accepted', code = e.code, detail = e.detail,
        provider_id = coalesce(a.provider_id, e.provider_id)
    FROM (
        SELECT DISTINCT ON (id, number) id, number, at, code, detail, provider_id
        FROM found
        WHERE NOT settled
        ORDER BY id, number, st <> 5, st, n
    ) e
    WHERE a.message_id = e.id AND a.number = e.number AND a.outcome IS DISTINCT FROM 'accepted'
    RETURNING a.message_id
),
change AS (
    SELECT batch_id, sender_id, st, sum(k) AS k
    FROM (
        -- Cancelled rows are counted under nobody.
        SELECT batch_id, CASE WHEN old_state = 9 THEN 0 ELSE old_sender END AS sender_id, old_state AS st, -1 AS k
        FROM old
        WHERE old_state <> new_state
        UNION ALL
        SELECT batch_id, new_sender, new_state, 1 FROM old WHERE old_state <> new_state
    ) pairs
    WHERE st <> 1
    GROUP BY 1, 2, 3
),
counted AS (
    INSERT INTO ledger_batchsender AS c
        (batch_id, sender_id, sending, uncertain, sent, failed, delivered, read, skipped, cancelled)
    SELECT batch_id, sender_id,
           coalesce(sum(k) FILTER (WHERE st = 2), 0), coalesce(sum(k) FILTER (WHERE st = 3), 0),
           coalesce(sum(k) FILTER (WHERE st = 4), 0), coalesce(sum(k) FILTER (WHERE st = 5), 0),
           coalesce(sum(k) FILTER (WHERE st = 6), 0), coalesce(sum(k) FILTER (WHERE st = 7), 0),
           coalesce(sum(k) FILTER (WHERE st = 8), 0), coalesce(sum(k) FILTER (WHERE st = 9), 0)
    FROM change
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE
    SET sending = c.sending + excluded.sending, uncertain = c.uncertain + excluded.uncertain,
        sent = c.sent + excluded.sent, failed = c.failed + excluded.failed,
        delivered = c.delivered + excluded.delivered, read = c.read + excluded.read,
        skipped = c.skipped + excluded.skipped, cancelled = c.cancelled + excluded.cancelled
    RETURNING 1
)
-- Three kinds of rows: what each receipt matched; the messages that changed; those that a failure did not change.
SELECT 'matched' AS kind, n - 1 AS position, id AS message_id, sender_id, NULL::bigint AS contact_id, NULL AS address,
       NULL::int AS old_state, NULL::int AS new_state
FROM found
WHERE (SELECT count(*) FROM moved) + (SELECT count(*) FROM tried) + (SELECT count(*) FROM counted) >= 0
UNION ALL
SELECT 'changed', NULL, id, new_sender, contact_id, address, old_state, new_state FROM old
UNION ALL
SELECT 'stands', NULL, m.id, f.sender_id, m.contact_id, m.address, m.state, m.state
FROM found f
JOIN ledger_message m ON m.id = f.id
WHERE f.st = 5
