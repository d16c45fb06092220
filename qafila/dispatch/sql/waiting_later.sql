-- Queued messages of a batch that are not due yet, by what they wait for.
SELECT coalesce(m.reason, 'retry_wait'), count(*), min(m.due_at)
FROM ledger_message m
WHERE m.batch_id = %(batch)s AND m.sender_id = ANY (%(senders)s) AND m.due_at > %(now)s
GROUP BY 1
ORDER BY 2 DESC
