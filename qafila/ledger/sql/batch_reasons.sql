-- How often each reason stands among the failed, skipped and cancelled messages of a batch; read from the index alone.
SELECT e.reason, e.n, (SELECT state FROM ledger_message m WHERE m.id = e.one)
FROM (
    SELECT reason, count(*) AS n, min(id) AS one
    FROM ledger_message
    WHERE batch_id = %(batch)s AND failed_at IS NOT NULL
    GROUP BY reason
) e
