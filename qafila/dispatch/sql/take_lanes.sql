-- Takes due lanes that nobody runs. The epoch counts up: whoever had the lane before can claim no more.
WITH due AS MATERIALIZED (
    SELECT sender_id
    FROM dispatch_lane
    WHERE owner_id IS NULL AND due_at <= %(until)s
    ORDER BY due_at
    LIMIT %(n)s
    FOR NO KEY UPDATE SKIP LOCKED
),
taken AS (
    UPDATE dispatch_lane l
    SET owner_id = %(worker)s, epoch = l.epoch + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    FROM due
    WHERE l.sender_id = due.sender_id
    RETURNING l.sender_id, l.business_id, l.epoch, l.wake, l.pace, l.due_at
)
SELECT t.sender_id, t.business_id, t.epoch, t.wake, t.pace, t.due_at,
       s.public_id::text, s.state, s.rest_until, s.use_limits, s.throughput, s.in_use_since, s.default_template,
       a.id AS account_id, a.kind, a.version, a.state AS account_state, a.portfolio_id, p.cap IS NOT NULL AS capped, c.pace AS growth, s.state_reason,
       s.hours, b.timezone
FROM taken t
JOIN senders_sender s ON s.id = t.sender_id
JOIN businesses_business b ON b.id = s.business_id
LEFT JOIN senders_provideraccount a ON a.id = s.provider_account_id
LEFT JOIN senders_portfolio p ON p.id = a.portfolio_id
LEFT JOIN senders_score c ON c.sender_id = s.id
