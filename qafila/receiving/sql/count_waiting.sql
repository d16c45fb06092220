-- How many webhooks wait, counted no further than to a bound.
SELECT count(*)
FROM (SELECT FROM receiving_rawwebhook WHERE handled_at IS NULL LIMIT %(most)s) AS waiting
