-- What became of the messages of some numbers: the last two hours by five minutes, the rest of the day by hours.
SELECT p.sender_id, CASE WHEN p.at >= %(fine)s THEN p.at ELSE date_trunc('hour', p.at) END AS slot,
       sum(p.arrived), sum(p.read), sum(p.bounced), sum(p.stops), sum(p.replies)
FROM dispatch_pulse p
WHERE p.sender_id = ANY (%(senders)s) AND p.at >= %(since)s
GROUP BY 1, 2
