-- Messages of people into their tickets, each once however often it is told of; tickets are opened on demand. One statement, after
-- lock_people.sql in the same transaction. A ticket is found in this order:
--   1. the open one over whose numbers the person already wrote to this one (it may have been transferred since);
--   2. the open one of the number's direction;
--   3. a new one of the number's direction.
-- A number leads to a direction if exactly one has chosen it; otherwise to none, which counts as one.
WITH RECURSIVE fresh AS MATERIALIZED (
    SELECT m.id, m.contact_id, m.sender_id, least(coalesce(m.sent_at, m.created_at), %(now)s) AS at
      FROM ledger_message m
     WHERE m.id = ANY(%(messages)s::bigint[]) AND m.business_id = %(business)s AND m.state = 10
       -- As an array, so that it is found by ids, however large the table has grown since it was last analysed.
       AND m.id <> ALL(ARRAY(SELECT k.message_id FROM inbox_ticketmessage k WHERE k.message_id = ANY(%(messages)s::bigint[])))
),
way (start, id, next) AS (
    SELECT c.id, c.id, c.merged_into_id
      FROM contacts_contact c
     WHERE c.business_id = %(business)s AND c.id IN (SELECT contact_id FROM fresh)
     UNION
    SELECT way.start, c.id, c.merged_into_id
      FROM way JOIN contacts_contact c ON c.id = way.next
     WHERE c.business_id = %(business)s
),
person AS MATERIALIZED (
    SELECT start, coalesce(max(id) FILTER (WHERE next IS NULL), start) AS id FROM way GROUP BY start
),
line AS MATERIALIZED (
    SELECT d.sender_id, min(d.id) AS direction_id
      FROM senders_direction d
     WHERE d.business_id = %(business)s AND d.sender_id IN (SELECT sender_id FROM fresh)
     GROUP BY d.sender_id
    HAVING count(*) = 1
),
placed AS MATERIALIZED (
    SELECT f.id, f.sender_id, f.at, coalesce(o.contact_id, person.id) AS contact_id,
           CASE WHEN o.id IS NULL THEN line.direction_id ELSE o.direction_id END AS direction_id
      FROM fresh f
      JOIN person ON person.start = f.contact_id
      LEFT JOIN line ON line.sender_id = f.sender_id
      LEFT JOIN LATERAL (
          SELECT t.id, t.contact_id, t.direction_id
            FROM (SELECT person.id
                   UNION ALL
                  SELECT c.id FROM contacts_contact c
                   WHERE c.merged_into_id = person.id AND c.business_id = %(business)s) AS self
            JOIN inbox_ticket t
              ON t.contact_id = self.id AND t.business_id = %(business)s AND t.closed_at IS NULL
           WHERE f.sender_id = ANY(t.senders) OR t.direction_id IS NOT DISTINCT FROM line.direction_id
           ORDER BY f.sender_id = ANY(t.senders) DESC, t.contact_id = person.id DESC, t.last_inbound_at DESC, t.id DESC
           LIMIT 1
      ) o ON true
),
kept AS (
    INSERT INTO inbox_ticket AS t
           (public_id, business_id, contact_id, direction_id, senders, opened_at, last_inbound_at, inbound)
    SELECT gen_random_uuid(), %(business)s, contact_id, direction_id, array_agg(DISTINCT sender_id), %(now)s, max(at), count(*)
      FROM placed
     GROUP BY contact_id, direction_id
     ORDER BY contact_id, direction_id
        ON CONFLICT (business_id, contact_id, direction_id) WHERE closed_at IS NULL
        DO UPDATE SET inbound = t.inbound + excluded.inbound,
                      last_inbound_at = greatest(t.last_inbound_at, excluded.last_inbound_at),
                      senders = CASE WHEN t.senders @> excluded.senders THEN t.senders
                                     ELSE (SELECT array_agg(DISTINCT s) FROM unnest(t.senders || excluded.senders) AS s)
                                END
    RETURNING t.id, t.public_id, t.contact_id, t.direction_id, t.xmax = 0 AS opened
),
joined AS (
    INSERT INTO inbox_ticketmessage (message_id, ticket_id, business_id)
    SELECT p.id, k.id, %(business)s
      FROM placed p
      JOIN kept k ON k.contact_id = p.contact_id AND k.direction_id IS NOT DISTINCT FROM p.direction_id
)
SELECT public_id, opened FROM kept ORDER BY id
