-- Queued rows of a batch whose texts have what a template's variable may not: line breaks, tabs, more than four spaces.
-- In params, which are JSON, a line break is written as two characters.
SELECT count(*) OVER (), m.row_number
FROM ledger_batch b
JOIN ledger_message m ON m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
WHERE b.id = %(batch)s AND m.state = 1
  AND (CASE WHEN m.params IS NULL THEN m.body ~ E'[\n\r\t]|     '
            ELSE m.params::text ~ '\\[nrt]|     ' END)
ORDER BY m.row_number
LIMIT 20
