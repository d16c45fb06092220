-- The flowing batches a sender may take from, and the first message of each that waits for it: when it is due, and how
-- long its text is (for the typing indicator). Paused batches are not in the index and are never looked at; one whose
-- template the sender's account may not use now is passed over until it may.
SELECT b.id, b.priority, b.content, first.due_at, first.id, first.address, first.length,
       b.target_kind, b.target_id, first.addressed,
       -- Its weight beside the heaviest number of the package that may send now; with their health, as rules.shares says. One
       -- that has hours and sleeps until they begin does not send now.
       CASE WHEN b.target_kind <> 3 THEN 1.0 ELSE coalesce((
           SELECT max(w.weight) FILTER (WHERE w.sender_id = %(sender)s) / max(w.weight)
           FROM (
               SELECT pm.sender_id, pm.weight::float8
                      * CASE WHEN sc.known THEN greatest(0.25, floor(sc.score / 25.0 + 0.5) * 0.25) ELSE 1.0 END AS weight
               FROM senders_packagemember pm
               JOIN senders_sender s ON s.id = pm.sender_id AND s.state = 'ready'
               JOIN senders_provideraccount a ON a.id = s.provider_account_id AND a.state = 'ok'
               LEFT JOIN senders_score sc ON sc.sender_id = pm.sender_id
               WHERE pm.package_id = b.target_id
                 AND (s.hours IS NULL OR pm.sender_id = %(sender)s OR NOT EXISTS (
                     SELECT FROM dispatch_lane sleeping
                     WHERE sleeping.sender_id = pm.sender_id AND sleeping.due_at > clock_timestamp() + interval '10 minutes'
                 ))
           ) w
       ), 1.0) END AS share
FROM (
    SELECT kind, id FROM unnest(%(target_kinds)s::int[], %(target_ids)s::bigint[]) AS given (kind, id)
    UNION ALL
    SELECT 3, package_id FROM senders_packagemember WHERE sender_id = %(sender)s
) t
JOIN ledger_batch b ON b.target_kind = t.kind AND b.target_id = t.id AND b.state IN (2, 6)
 AND NOT EXISTS (
    SELECT FROM senders_messagetemplate mt
    WHERE mt.provider_account_id = (SELECT provider_account_id FROM senders_sender WHERE id = %(sender)s)
      AND b.content->>'kind' = 'template' AND mt.name = b.content->>'name' AND mt.language = b.content->>'language'
      AND NOT mt.can_send
)
CROSS JOIN LATERAL (
    SELECT due_at, id, address, length, addressed
    FROM (
        (SELECT m.due_at, m.id, m.address, length(m.body) AS length, true AS addressed
         FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = %(sender)s AND m.due_at IS NOT NULL
         ORDER BY m.due_at, m.id LIMIT 1)
        UNION ALL
        (SELECT m.due_at, m.id, m.address, length(m.body), false
         FROM ledger_message m
         WHERE m.batch_id = b.id AND m.sender_id = 0 AND m.due_at IS NOT NULL
         ORDER BY m.due_at, m.id LIMIT 1)
    ) probes
    -- As the claim does: what is addressed to it first, once that is due.
    ORDER BY (addressed AND due_at <= clock_timestamp()) DESC, due_at, id
    LIMIT 1
) first
ORDER BY b.priority, b.id
