-- Queued rows of a package's batch leave the number they were addressed to: whoever comes first takes them.
WITH stuck AS MATERIALIZED (
    SELECT m.id
    FROM ledger_message m
    WHERE m.batch_id = %(batch)s AND m.sender_id = %(sender)s AND m.due_at IS NOT NULL AND m.state = 1
    ORDER BY m.due_at, m.id
    LIMIT %(most)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE ledger_message m
SET sender_id = 0, pinned_to = 0
FROM stuck
WHERE m.id = stuck.id
