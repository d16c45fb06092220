-- How the calls of some numbers ended: the last two hours by five minutes, the rest of the day by hours.
SELECT t.sender_id, CASE WHEN t.at >= %(fine)s THEN t.at ELSE date_trunc('hour', t.at) END AS slot, t.outcome, t.code,
       sum(t.count)
FROM dispatch_tally t
WHERE t.sender_id = ANY (%(senders)s) AND t.at >= %(since)s
GROUP BY 1, 2, 3, 4
