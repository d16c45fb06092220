-- Of each of these batches: messages whose sending began since a moment, by state (sending, uncertain, sent, delivered,
-- read). The rows of a batch are read once, in their order; one pass for all states.
SELECT w.batch, c.sending, c.uncertain, c.sent, c.delivered, c.read
FROM unnest(%(batches)s::bigint[], %(firsts)s::bigint[], %(lasts)s::bigint[]) AS w (batch, first, last)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE m.state = 2) AS sending, count(*) FILTER (WHERE m.state = 3) AS uncertain,
           count(*) FILTER (WHERE m.state = 4) AS sent, count(*) FILTER (WHERE m.state = 6) AS delivered,
           count(*) FILTER (WHERE m.state = 7) AS read
    FROM ledger_message m
    WHERE m.id BETWEEN w.first AND w.last AND m.batch_id = w.batch AND m.claimed_at >= %(since)s
) c
