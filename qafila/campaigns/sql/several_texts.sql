-- People who get more than one text of a batch, and the rows of the first of them.
SELECT count(*) OVER (), min(m.row_number), max(m.row_number)
FROM ledger_batch b
JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
WHERE b.id = %(batch)s AND m.state = 1 AND m.contact_id IS NOT NULL
GROUP BY m.contact_id
HAVING count(*) > 1
ORDER BY min(m.row_number)
LIMIT 20
