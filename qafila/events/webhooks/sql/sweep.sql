-- What was published in the moment in which its endpoint was switched off.
UPDATE events_webhookdelivery d SET state = 'missed', next_at = NULL
  FROM events_webhookendpoint e
 WHERE e.id = d.endpoint_id AND e.state <> 'enabled' AND d.next_at <= %(now)s
