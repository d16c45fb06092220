-- Numbers whose health is to be reckoned now: those in trouble and those whose calls failed lately each time, others that call
-- each five minutes, those of which something new is known, and everybody once an hour; the ones that waited longest first, at
-- most n of them.
WITH busy AS MATERIALIZED (
    SELECT sender_id, bool_or(outcome IN ('temporary', 'unknown', 'resting', 'sender', 'account')) AS failed
    FROM dispatch_tally
    WHERE at >= %(lately)s
    GROUP BY 1
)
SELECT s.id, s.business_id, s.public_id::text, s.state, s.state_reason, s.in_use_since, s.use_limits, s.provider_account_id,
       a.kind AS provider, a.state AS account_state, a.state_reason AS account_reason,
       coalesce(h.quality, ''), coalesce(h.can_send, ''), coalesce(h.details, '{}'),
       c.sender_id IS NOT NULL AS scored, coalesce(c.score, 100), coalesce(c.kind, 'none'), c.since, coalesce(c.code, ''),
       coalesce(c.count, 0), coalesce(c.pace, '{}'), coalesce(c.normal, '{}'), c.learned_at, c.at,
       p.used AS portfolio_used, p.cap AS portfolio_cap
FROM senders_sender s
JOIN senders_provideraccount a ON a.id = s.provider_account_id
LEFT JOIN senders_portfolio p ON p.id = a.portfolio_id
LEFT JOIN senders_score c ON c.sender_id = s.id
LEFT JOIN senders_senderhealth h ON h.sender_id = s.id
LEFT JOIN busy b ON b.sender_id = s.id
WHERE (b.sender_id IS NOT NULL AND (b.failed OR c.at < %(five_ago)s))
   OR c.sender_id IS NULL
   OR c.at < %(hour_ago)s
   OR ((c.kind <> 'none' OR c.factor < 1) AND (s.state = 'ready' OR c.at < %(lately)s))
   OR h.told_at > c.at OR h.checked_at > c.at OR s.updated_at > c.at
ORDER BY c.kind <> 'none' DESC, c.at NULLS FIRST, s.id
LIMIT %(most)s
