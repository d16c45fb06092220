-- The oldest due event becomes ours for a lease: whoever dies with it gives it back by letting the lease run out.
UPDATE events_event
   SET attempts = attempts + 1, due_at = %(now)s + make_interval(secs => %(lease)s)
 WHERE id = (SELECT id FROM events_event
              WHERE due_at <= %(now)s
              ORDER BY due_at, id
              LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING id, kind, business_id, subject_kind, subject_id, data, at, attempts
