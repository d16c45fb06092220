-- Due deliveries become ours for a lease; whoever dies with one gives it back by letting the lease run out. Of each
-- endpoint no more than it may have in the air, and only one while it fails or is slow: no endpoint can fill the slots.
WITH due AS (
    SELECT d.id
      FROM (SELECT e.id,
                   greatest(0, CASE WHEN e.failing_since IS NOT NULL OR e.id = ANY (%(slow)s) THEN 1 ELSE %(each)s END
                               - coalesce(busy.count, 0)) AS room
              FROM events_webhookendpoint e
              LEFT JOIN unnest(%(busy)s::bigint[], %(counts)s::int[]) AS busy (endpoint_id, count)
                     ON busy.endpoint_id = e.id
             WHERE e.state = 'enabled'
               AND EXISTS (SELECT FROM events_webhookdelivery WHERE next_at <= %(now)s)
             ORDER BY e.id <= %(after)s, e.id) e
     CROSS JOIN LATERAL (SELECT id FROM events_webhookdelivery
                          WHERE endpoint_id = e.id AND next_at <= %(now)s
                          ORDER BY next_at, id
                          LIMIT e.room
                            FOR UPDATE SKIP LOCKED) d
     LIMIT %(free)s
), taken AS (
    UPDATE events_webhookdelivery w
       SET claims = w.claims + 1, next_at = %(now)s + make_interval(secs => %(lease)s)
      FROM due
     WHERE w.id = due.id
    RETURNING w.id, w.endpoint_id, w.message_id, w.claims, w.tries
)
SELECT t.id, t.claims, t.tries, e.id, e.public_id, e.business_id, e.url, e.secrets, e.with_contents,
       m.public_id, m.type, m.payload
  FROM taken t
  JOIN events_webhookendpoint e ON e.id = t.endpoint_id
  JOIN events_webhookmessage m ON m.id = t.message_id
 ORDER BY t.id
