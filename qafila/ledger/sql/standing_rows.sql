-- Which of the given rows stand in a batch already, each with the earliest row that says the same to the same person. What was
-- skipped or cancelled does not count. Each person's messages are probed through the index of people.
SELECT given.place, min(m.row_number)
FROM ledger_batch b
CROSS JOIN unnest(%(contacts)s::bigint[], %(bodies)s::text[], %(params)s::text[])
    WITH ORDINALITY AS given (contact, body, params, place)
JOIN ledger_message m ON m.contact_id = given.contact AND m.id BETWEEN b.first_id AND b.last_id AND m.batch_id = b.id
WHERE b.id = %(batch)s AND m.state NOT IN (8, 9)
  AND (%(any_text)s OR (md5(m.body) = given.body AND m.params IS NOT DISTINCT FROM given.params::jsonb))
GROUP BY given.place
