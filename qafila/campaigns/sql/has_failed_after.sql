-- Whether a message of a batch ended without success after a moment; through the index of a business's ended ones by time.
SELECT EXISTS (
    SELECT
    FROM ledger_message m
    WHERE m.business_id = %(business)s AND m.batch_id = %(batch)s AND m.failed_at > %(after)s AND m.state IN (5, 8, 9)
)
