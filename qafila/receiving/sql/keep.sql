-- Keeps what is new, in the order of the unique index; answers with what was.
INSERT INTO receiving_providerevent (business_id, provider_account_id, kind, known, at, payload, reason, digest)
SELECT business_id, provider_account_id, kind, known, at, payload, reason, digest
FROM unnest(
    %(businesses)s::bigint[], %(accounts)s::bigint[], %(kinds)s::text[], %(known)s::bool[], %(ats)s::timestamptz[],
    %(payloads)s::jsonb[], %(reasons)s::text[], %(digests)s::bytea[]
) AS t (business_id, provider_account_id, kind, known, at, payload, reason, digest)
ORDER BY provider_account_id, digest
ON CONFLICT (provider_account_id, digest) DO NOTHING
RETURNING provider_account_id, digest
