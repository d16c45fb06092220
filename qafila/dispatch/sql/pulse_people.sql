-- Who wrote to each number in one slot of five minutes, and who said STOP after it was the last to write to them.
WITH wrote AS (
    SELECT i.sender_id, count(DISTINCT i.contact_id) AS replies
    FROM businesses_business b
    CROSS JOIN LATERAL (
        SELECT m.sender_id, m.contact_id
        FROM ledger_message m
        WHERE m.business_id = b.id AND m.created_at >= %(slot)s
          AND m.created_at < %(slot)s::timestamptz + interval '5 minutes'
          AND m.claimed_at IS NULL AND m.provider_id IS NOT NULL AND m.state = 10 AND m.contact_id IS NOT NULL
    ) i
    GROUP BY 1
),
stopped AS (
    SELECT l.sender_id, count(*) AS stops
    FROM contacts_optout o
    CROSS JOIN LATERAL (
        SELECT m.sender_id
        FROM ledger_message m
        WHERE m.contact_id = o.contact_id AND m.state IN (4, 6, 7) AND m.sender_id > 0
        ORDER BY m.id DESC
        LIMIT 1
    ) l
    WHERE o.at >= %(slot)s AND o.at < %(slot)s::timestamptz + interval '5 minutes'
      AND o.source IN ('message', 'provider')
    GROUP BY 1
)
INSERT INTO dispatch_pulse AS d (sender_id, at, stops, replies)
SELECT sender_id, %(slot)s, coalesce(stops, 0), coalesce(replies, 0)
FROM wrote
FULL JOIN stopped USING (sender_id)
WHERE sender_id > 0
ORDER BY sender_id
ON CONFLICT (sender_id, at) DO UPDATE SET stops = excluded.stops, replies = excluded.replies
