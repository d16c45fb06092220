-- What became of the messages of some numbers that were handed over so long ago that nothing more is expected of them.
WITH wanted AS (
    SELECT * FROM unnest(%(senders)s::bigint[], %(since)s::timestamptz[]) AS t (sender_id, since)
),
call AS (
    SELECT t.sender_id, sum(t.count) AS calls,
           sum(t.count) FILTER (WHERE t.outcome IN ('temporary', 'unknown')) AS failing,
           sum(t.count) FILTER (WHERE t.outcome = 'recipient') AS unreachable
    FROM wanted w
    JOIN dispatch_tally t ON t.sender_id = w.sender_id AND t.at >= w.since AND t.at < %(until)s
    GROUP BY 1
)
SELECT p.sender_id, coalesce(min(c.calls), 0), sum(p.accepted), sum(p.within_1m), sum(p.within_5m), sum(p.within_15m),
       sum(p.within_1h), sum(p.within_6h), coalesce(min(c.failing), 0), coalesce(min(c.unreachable), 0), sum(p.read),
       sum(p.replies)
FROM wanted w
JOIN dispatch_pulse p ON p.sender_id = w.sender_id AND p.at >= w.since AND p.at < %(until)s
LEFT JOIN call c ON c.sender_id = p.sender_id
GROUP BY 1
