-- As emit.sql, of something that is handled no sooner than at a given moment.
INSERT INTO events_event (business_id, kind, subject_kind, subject_id, data, at, due_at, attempts, trouble)
VALUES (%(business_id)s, %(kind)s, %(subject_kind)s, %(subject_id)s, %(data)s::jsonb, %(now)s, %(due_at)s, 0, '')
