-- A batch goes to somebody else: what waits is anybody's of the new ones, and so is what comes back to the queue later.
-- What is being sent or uncertain stays where it is until then.
WITH batch AS MATERIALIZED (
    SELECT id, first_id, last_id FROM ledger_batch WHERE id = %(batch)s
),
held AS MATERIALIZED (
    SELECT m.id
    FROM ledger_message m
    WHERE m.id BETWEEN (SELECT first_id FROM batch) AND (SELECT last_id FROM batch)
      AND m.batch_id = (SELECT id FROM batch) AND (m.pinned_to <> 0 OR (m.state = 1 AND m.sender_id <> 0))
    ORDER BY m.id
    FOR NO KEY UPDATE OF m
)
UPDATE ledger_message m
SET sender_id = CASE WHEN m.state = 1 THEN 0 ELSE m.sender_id END, pinned_to = 0
FROM held
WHERE m.id = held.id
