-- What a number did in all campaigns, deleted ones too: the books stay.
SELECT count(*) AS campaigns,
       coalesce(sum(s.sent + s.delivered + s.read), 0) AS sent,
       coalesce(sum(s.delivered + s.read), 0) AS delivered,
       coalesce(sum(s.read), 0) AS read,
       coalesce(sum(s.failed), 0) AS failed,
       coalesce(sum(s.sending + s.uncertain), 0) AS open
FROM campaigns_campaign c
LEFT JOIN ledger_batchsender s ON s.batch_id = c.batch_id AND s.sender_id = %(sender)s
WHERE c.business_id = %(business)s AND (c.sender_id = %(sender)s OR s.sender_id IS NOT NULL)
