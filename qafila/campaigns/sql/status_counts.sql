-- How many contracts of a business stand in which state of batch and import.
SELECT b.state, c.import_state, count(*)
FROM campaigns_campaign c
JOIN ledger_batch b ON b.id = c.batch_id
WHERE c.business_id = %(business)s AND c.kind = 'contract' AND c.deleted_at IS NULL
GROUP BY 1, 2
