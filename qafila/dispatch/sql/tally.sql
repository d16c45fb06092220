-- What senders' calls came to since a full five minutes, counted from the attempts. Gates and calls that were never made are
-- none. The caller has taken out what stood there: a call that ended late changes it.
INSERT INTO dispatch_tally (sender_id, at, outcome, code, count)
SELECT a.sender_id,
       to_timestamp(floor(extract(epoch FROM a.began_at) / 300) * 300),
       a.outcome,
       coalesce(a.code, ''),
       count(*)
  FROM ledger_attempt a
 WHERE a.began_at >= %(since)s AND a.outcome IS NOT NULL AND a.outcome NOT IN ('gate', 'not_begun')
 GROUP BY 1, 2, 3, 4
