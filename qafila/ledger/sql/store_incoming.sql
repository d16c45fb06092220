-- Incoming messages into the ledger, each once however often its webhook comes, and the 24-hour windows they open.
-- Rows are inserted in the order of the unique index, so that two workers with the same webhook do not cross.
WITH r AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(businesses)s::bigint[], %(batches)s::bigint[], %(senders)s::bigint[], %(contacts)s::bigint[],
        %(addresses)s::text[], %(bodies)s::text[], %(details)s::jsonb[], %(provider_ids)s::text[],
        %(replies_to)s::text[], %(ats)s::timestamptz[], %(opens)s::bool[]
    ) WITH ORDINALITY AS t (business_id, batch_id, sender_id, contact_id, address, body, detail, provider_id, reply_to, at, opens, n)
),
stored AS (
    INSERT INTO ledger_message
        (business_id, batch_id, sender_id, pinned_to, contact_id, state, address, body, params, provider_id, reply_to,
         created_at, sent_at)
    SELECT business_id, batch_id, sender_id, sender_id, contact_id, 10, address, body, detail, provider_id, reply_to,
           %(now)s, at
    FROM r
    ORDER BY sender_id, provider_id, n
    ON CONFLICT (sender_id, provider_id) WHERE claimed_at IS NULL AND provider_id IS NOT NULL DO NOTHING
    RETURNING id, sender_id, provider_id
),
opened AS (
    INSERT INTO ledger_window AS w (sender_id, contact_id, business_id, last_inbound_at)
    SELECT sender_id, contact_id, min(business_id), max(least(at, %(now)s))
    FROM r
    WHERE opens
    GROUP BY sender_id, contact_id
    ORDER BY sender_id, contact_id
    ON CONFLICT (sender_id, contact_id) DO UPDATE SET last_inbound_at = excluded.last_inbound_at
    WHERE w.last_inbound_at < excluded.last_inbound_at
)
SELECT DISTINCT ON (s.id) s.id, r.n - 1 AS position
FROM stored s
JOIN r ON r.sender_id = s.sender_id AND r.provider_id = s.provider_id
ORDER BY s.id, r.n
