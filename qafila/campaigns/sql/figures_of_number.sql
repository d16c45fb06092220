-- What a number did in all campaigns, deleted ones too (the books stay), and how many people it wrote to wrote back.
WITH figures AS (
    SELECT count(*) AS campaigns,
           coalesce(sum(s.sent + s.delivered + s.read), 0) AS sent,
           coalesce(sum(s.delivered + s.read), 0) AS delivered,
           coalesce(sum(s.read), 0) AS read,
           coalesce(sum(s.failed), 0) AS failed,
           coalesce(sum(s.sending + s.uncertain), 0) AS open
    FROM campaigns_campaign c
    LEFT JOIN ledger_batchsender s ON s.batch_id = c.batch_id AND s.sender_id = %(sender)s
    WHERE c.business_id = %(business)s AND (c.sender_id = %(sender)s OR s.sender_id IS NOT NULL)
), answers AS (
    SELECT count(*) AS replied
    FROM ledger_window w
    WHERE w.sender_id = %(sender)s AND EXISTS (
        SELECT FROM ledger_message m
        WHERE m.contact_id = w.contact_id AND m.sender_id = %(sender)s AND m.state IN (4, 6, 7)
          AND m.claimed_at <= w.last_inbound_at)
)
SELECT campaigns, sent, delivered, read, failed, open, replied FROM figures, answers
