-- Workers whose advisory lock is held, so that they are connected now. A lock that is free is given back with the transaction.
-- Reads only columns of the first schema level: the schema may be an older one.
SELECT host, pid FROM dispatch_worker
WHERE ended_at IS NULL AND NOT pg_try_advisory_xact_lock(7, id::int)
ORDER BY id
