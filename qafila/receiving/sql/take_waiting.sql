SELECT id, tries, business_id, provider_account_id, receipt AS record
FROM receiving_waitingreceipt
WHERE due_at <= %(now)s
ORDER BY due_at
LIMIT %(most)s
FOR UPDATE SKIP LOCKED
