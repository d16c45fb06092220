-- What became of the messages that were handed over in one slot of five minutes, by number, as it is known now. Read from the
-- attempts of the slot (an index by time) and their messages (by key). Of a number with very many, every n-th message is
-- looked at and taken for n, so that a round costs the same however fast a number sends.
WITH per AS MATERIALIZED (
    SELECT sender_id, greatest(1, sum(count) / %(sample)s)::bigint AS every
    FROM dispatch_tally
    WHERE at = %(slot)s AND outcome = 'accepted'
    GROUP BY 1
),
seen AS (
    SELECT a.sender_id, p.every, a.number = m.attempt AND m.state = 5 AS bounced, m.read_at IS NOT NULL AS was_read,
           extract(epoch FROM least(m.delivered_at, m.read_at) - coalesce(a.ended_at, a.began_at)) AS lag
    FROM ledger_attempt a
    JOIN per p ON p.sender_id = a.sender_id
    JOIN ledger_message m ON m.id = a.message_id
    WHERE a.began_at >= %(slot)s AND a.began_at < %(slot)s::timestamptz + interval '5 minutes'
      AND a.outcome = 'accepted' AND a.message_id %% p.every = 0
)
INSERT INTO dispatch_pulse AS d
    (sender_id, at, accepted, arrived, read, bounced, within_1m, within_5m, within_15m, within_1h, within_6h)
SELECT sender_id, %(slot)s, count(*) * every, count(lag) * every, count(*) FILTER (WHERE was_read) * every,
       count(*) FILTER (WHERE bounced) * every, count(*) FILTER (WHERE lag <= 60) * every,
       count(*) FILTER (WHERE lag <= 300) * every, count(*) FILTER (WHERE lag <= 900) * every,
       count(*) FILTER (WHERE lag <= 3600) * every, count(*) FILTER (WHERE lag <= 21600) * every
FROM seen
GROUP BY sender_id, every
ORDER BY sender_id
ON CONFLICT (sender_id, at) DO UPDATE
SET accepted = excluded.accepted, arrived = excluded.arrived, read = excluded.read, bounced = excluded.bounced,
    within_1m = excluded.within_1m, within_5m = excluded.within_5m, within_15m = excluded.within_15m,
    within_1h = excluded.within_1h, within_6h = excluded.within_6h
