INSERT INTO events_event (business_id, kind, subject_kind, subject_id, data, at, due_at, attempts, trouble)
VALUES (%(business_id)s, %(kind)s, %(subject_kind)s, %(subject_id)s, %(data)s::jsonb, %(now)s, %(now)s, 0, '')
