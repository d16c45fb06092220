-- A worker whose advisory lock is free is gone. It ended after its last sign of life, however the clocks of two machines differ.
UPDATE dispatch_worker
SET ended_at = greatest(%(now)s, seen_at + interval '1 millisecond')
WHERE ended_at IS NULL AND id <> %(worker)s AND pg_try_advisory_xact_lock(7, id::int)
RETURNING id, host, pid, seen_at
