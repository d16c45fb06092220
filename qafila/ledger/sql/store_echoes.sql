-- Messages that the business sent from its phone app, beside us: rows of the sender's open batch in the state sent, each
-- once however often its webhook comes, and counted there as such. No attempt of ours, no window, nothing to call.
WITH r AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(businesses)s::bigint[], %(batches)s::bigint[], %(senders)s::bigint[], %(contacts)s::bigint[],
        %(addresses)s::text[], %(bodies)s::text[], %(details)s::jsonb[], %(provider_ids)s::text[],
        %(replies_to)s::text[], %(ats)s::timestamptz[]
    ) WITH ORDINALITY AS t (business_id, batch_id, sender_id, contact_id, address, body, detail, provider_id, reply_to, at, n)
),
stored AS (
    INSERT INTO ledger_message
        (business_id, batch_id, sender_id, pinned_to, contact_id, state, address, body, params, provider_id, reply_to,
         created_at, sent_at)
    SELECT business_id, batch_id, sender_id, sender_id, contact_id, 4, address, body, detail, provider_id, reply_to,
           %(now)s, at
    FROM r
    -- What went out over us comes back as an echo, too, where the vendor tells all: it is in the books already.
    WHERE NOT EXISTS (
        SELECT FROM ledger_message m
        WHERE hashtextextended(m.provider_id, 0) = hashtextextended(r.provider_id, 0)
          AND m.provider_id = r.provider_id AND m.provider_id IS NOT NULL AND m.sender_id = r.sender_id
    )
    ORDER BY sender_id, provider_id, n
    ON CONFLICT (sender_id, provider_id) WHERE claimed_at IS NULL AND provider_id IS NOT NULL DO NOTHING
    RETURNING id, batch_id, sender_id, provider_id
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sent)
    SELECT batch_id, sender_id, count(*) FROM stored GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET sent = c.sent + excluded.sent
),
totalled AS (
    UPDATE ledger_batch b
    SET total = b.total + s.k, first_id = least(b.first_id, s.low), last_id = greatest(b.last_id, s.high)
    FROM (SELECT batch_id, count(*) AS k, min(id) AS low, max(id) AS high FROM stored GROUP BY 1) s
    WHERE b.id = s.batch_id
)
SELECT DISTINCT ON (s.id) s.id, r.n - 1 AS position
FROM stored s
JOIN r ON r.sender_id = s.sender_id AND r.provider_id = s.provider_id
ORDER BY s.id, r.n
