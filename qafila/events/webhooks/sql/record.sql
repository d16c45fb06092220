-- What one try came to. Only who took it last decides what follows; but what was delivered is delivered, whoever did it.
WITH noted AS (
    INSERT INTO events_webhookattempt (delivery_id, at, ms, status, code, snippet)
    SELECT id, %(at)s, %(ms)s, %(status)s, %(code)s, %(snippet)s FROM events_webhookdelivery WHERE id = %(id)s
), healthy AS (
    UPDATE events_webhookendpoint
       SET failing_since = CASE WHEN %(delivered)s THEN NULL ELSE %(at)s::timestamptz END
     WHERE id = %(endpoint)s AND (failing_since IS NOT NULL) = %(delivered)s
)
UPDATE events_webhookdelivery
   SET state = %(state)s, next_at = %(next_at)s, tries = tries + 1,
       last_status = %(status)s, last_code = %(code)s, last_at = %(at)s
 WHERE id = %(id)s AND (claims = %(claim)s OR %(delivered)s) AND state <> 'delivered'
