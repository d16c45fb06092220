-- A storm is one line: while it is open, the same code and subject only counts up. It never becomes milder by itself,
-- and one that was read shows again when it happens again an hour later. Answers its id, whether it shows (again), and
-- whether it has grown worse.
WITH before AS (
    SELECT id, read_at, level FROM alerts_alert
     WHERE business_id IS NOT DISTINCT FROM %(business_id)s AND code = %(code)s
       AND subject_kind = %(subject_kind)s AND subject_id = %(subject_id)s
       AND closed_at IS NULL AND deleted_at IS NULL
)
INSERT INTO alerts_alert AS a
       (public_id, business_id, level, code, params, subject_kind, subject_id, opened_at, last_at, count)
VALUES (%(public_id)s, %(business_id)s, %(level)s, %(code)s, %(params)s::jsonb, %(subject_kind)s, %(subject_id)s,
        %(now)s, %(now)s, 1)
    ON CONFLICT (business_id, code, subject_kind, subject_id) WHERE closed_at IS NULL AND deleted_at IS NULL
    DO UPDATE SET count = a.count + 1,
                  last_at = greatest(a.last_at, excluded.last_at),
                  params = excluded.params,
                  level = CASE WHEN array_position(%(levels)s, excluded.level::text) > array_position(%(levels)s, a.level::text)
                               THEN excluded.level ELSE a.level END,
                  read_at = CASE WHEN excluded.last_at - a.last_at > make_interval(secs => %(again_after)s)
                                   OR array_position(%(levels)s, excluded.level::text)
                                      > array_position(%(levels)s, a.level::text)
                                 THEN NULL ELSE a.read_at END
RETURNING a.id, a.count = 1 OR (a.read_at IS NULL AND EXISTS (SELECT FROM before b WHERE b.id = a.id AND b.read_at IS NOT NULL)),
          EXISTS (SELECT FROM before b WHERE b.id = a.id AND b.level <> a.level)
