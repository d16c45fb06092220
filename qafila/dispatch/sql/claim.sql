-- Takes up to n due messages of one flowing batch for one sender, and commits the beginning of an attempt for each.
-- One probe with equalities for each kind of row (addressed to this sender; to anyone): an IN list would sort the batch.
-- No row at all: fenced (another worker has the lane, the lease is over, the sender may not send, or its terms changed).
-- One row of NULLs: nothing to take.
WITH fence AS MATERIALIZED (
    UPDATE dispatch_lane l
    SET pace = %(pace)s
    FROM senders_sender s
    JOIN senders_provideraccount a ON a.id = s.provider_account_id
    WHERE l.sender_id = %(sender)s AND l.epoch = %(epoch)s AND l.lease_until > clock_timestamp()
      AND s.id = l.sender_id AND a.state = 'ok'
      -- Answers also go out during a rest that forbids only new conversations; the lane names it, for everything else none.
      AND (s.state = 'ready' OR (s.state = 'resting' AND s.state_reason = ANY (%(rests)s::text[])))
      -- On the terms of now: a lane that runs must not go on with an old pace or an old token.
      AND s.use_limits = %(use_limits)s AND s.throughput IS NOT DISTINCT FROM %(throughput)s
      AND a.version = %(version)s
      -- Its hours as well, and where it has any, the clock that they are on.
      AND s.hours IS NOT DISTINCT FROM %(hours)s::jsonb
      AND (s.hours IS NULL OR EXISTS (
          SELECT FROM businesses_business b WHERE b.id = s.business_id AND b.timezone = %(zone)s
      ))
      -- Somebody else heard that an answer was refused: the lane looks before the next one, and does not write over it.
      AND coalesce((l.pace->>'answers_rest')::float8, 0) <= %(answers_rest)s
    RETURNING l.sender_id
),
flowing AS MATERIALIZED (
    SELECT 1
    FROM ledger_batch b
    WHERE b.id = %(batch)s AND b.state IN (2, 6) AND EXISTS (SELECT FROM fence)
      -- Still for whom the lane saw it: a contract may be given to others, a number taken out of its package.
      AND b.target_kind = %(target_kind)s AND b.target_id = %(target_id)s
      AND (b.target_kind <> 3 OR EXISTS (
          SELECT FROM senders_packagemember pm WHERE pm.package_id = b.target_id AND pm.sender_id = %(sender)s
      ))
),
mine AS MATERIALIZED (
    SELECT m.id, m.due_at
    FROM ledger_message m
    WHERE m.batch_id = %(batch)s AND m.sender_id = %(sender)s AND m.due_at <= %(now)s AND EXISTS (SELECT FROM flowing)
    ORDER BY m.due_at, m.id
    LIMIT %(n)s
    FOR UPDATE SKIP LOCKED
),
-- The cursor passes over rows already taken, which a long transaction elsewhere keeps from being cleaned away.
anyone AS MATERIALIZED (
    SELECT m.id, m.due_at
    FROM ledger_message m
    WHERE m.batch_id = %(batch)s AND m.sender_id = 0 AND m.due_at <= %(now)s
      AND (m.due_at, m.id) > (%(cursor_due)s::timestamptz, %(cursor_id)s::bigint)
      AND EXISTS (SELECT FROM flowing)
    ORDER BY m.due_at, m.id
    -- Never below zero: when a row was changed meanwhile and still matches, PostgreSQL works this out anew, without our LIMIT in "mine".
    LIMIT greatest(0, least(%(shared)s, %(n)s - (SELECT count(*) FROM mine)))
    FOR UPDATE SKIP LOCKED
),
picked AS (
    SELECT id, due_at, false AS shared FROM mine UNION ALL SELECT id, due_at, true FROM anyone
),
claimed AS (
    UPDATE ledger_message m
    SET state = 2, due_at = NULL, claimed_by = %(sender)s, sender_id = %(sender)s, epoch = %(epoch)s,
        attempt = m.attempt + 1, tries = m.tries + 1, claimed_at = %(now)s
    FROM picked p
    WHERE m.id = p.id
    RETURNING m.id, m.attempt, m.tries, m.contact_id, m.address, m.body, m.params, m.reply_to, p.due_at, p.shared
),
begun AS (
    INSERT INTO ledger_attempt (message_id, number, sender_id, worker_id, epoch, began_at)
    SELECT id, attempt, %(sender)s, %(worker)s, %(epoch)s, %(now)s FROM claimed
),
counted AS (
    INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sending)
    SELECT %(batch)s, %(sender)s, count(*) FROM claimed HAVING count(*) > 0
    ON CONFLICT (batch_id, sender_id) DO UPDATE SET sending = c.sending + excluded.sending
)
SELECT c.id, c.attempt, c.tries, c.contact_id, c.address, c.body, c.params, c.reply_to, c.due_at, c.shared,
       EXISTS (SELECT FROM contacts_optout o WHERE o.contact_id = c.contact_id AND o.ended_at IS NULL) AS opted_out,
       w.last_inbound_at
FROM fence
LEFT JOIN claimed c ON true
LEFT JOIN ledger_window w ON w.sender_id = %(sender)s AND w.contact_id = c.contact_id
