-- What messages cost, once a message. A later receipt only adds the end of the conversation, which few of them tell.
INSERT INTO receiving_messageprice AS p
    (message_id, business_id, sender_id, at, billable, model, type, category, conversation, origin, expires_at)
SELECT DISTINCT ON (message_id) message_id, business_id, sender_id, at, billable, model, type, category, conversation,
       origin, expires_at
FROM unnest(
    %(message_ids)s::bigint[], %(businesses)s::bigint[], %(senders)s::bigint[], %(ats)s::timestamptz[],
    %(billables)s::bool[], %(models)s::text[], %(types)s::text[], %(categories)s::text[], %(conversations)s::text[],
    %(origins)s::text[], %(expires)s::timestamptz[]
) AS t (message_id, business_id, sender_id, at, billable, model, type, category, conversation, origin, expires_at)
ORDER BY message_id, expires_at NULLS LAST, at
ON CONFLICT (message_id) DO UPDATE SET expires_at = excluded.expires_at
WHERE p.expires_at IS NULL AND excluded.expires_at IS NOT NULL
