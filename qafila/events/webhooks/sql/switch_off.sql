-- An endpoint that is gone, or answered nothing but failures for too long. What still waited for it is noted as missed.
WITH off AS (
    UPDATE events_webhookendpoint
       SET state = 'disabled', disabled_reason = %(reason)s, disabled_at = %(now)s
     WHERE id = %(id)s AND state = 'enabled' AND (%(reason)s = 'gone' OR failing_since <= %(failing_before)s)
    RETURNING id, public_id, business_id, failing_since
), missed AS (
    UPDATE events_webhookdelivery d SET state = 'missed', next_at = NULL
      FROM off WHERE d.endpoint_id = off.id AND d.next_at IS NOT NULL
)
SELECT public_id, business_id, failing_since FROM off
