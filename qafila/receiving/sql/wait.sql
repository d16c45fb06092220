INSERT INTO receiving_waitingreceipt (business_id, provider_account_id, receipt, tries, due_at)
SELECT business_id, provider_account_id, receipt, 1, %(due_at)s
FROM unnest(%(businesses)s::bigint[], %(accounts)s::bigint[], %(receipts)s::jsonb[])
    AS t (business_id, provider_account_id, receipt)
