"""Messages in every state by one statement a batch: what a contract looks like in the middle of its life, at any size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State, Target

REASONS: Mapping[State, Sequence[str]] = {
    State.FAILED: (
        "cloud_api.131026",
        "cloud_api.131026",
        "cloud_api.131016",
        "cloud_api.132001",
        "resolved_failed",
    ),
    State.SKIPPED: ("opted_out", "window_closed", "duplicate", "phone.too_short"),
    State.CANCELLED: ("cancelled",),
}

_ROWS = """
WITH cuts AS (SELECT state, floor, ceiling FROM unnest(%(states)s::int[], %(floors)s::float[], %(ceilings)s::float[])
              AS t (state, floor, ceiling)),
drawn AS MATERIALIZED (
    SELECT n, random() AS r, random() AS r2,
           %(begin)s::timestamptz + (%(end)s::timestamptz - %(begin)s::timestamptz) * n / %(count)s AS at
    FROM generate_series(1, %(count)s) AS n
)
INSERT INTO ledger_message (business_id, batch_id, sender_id, contact_id, state, attempt, tries, row_number, address, body,
    reason, provider_id, due_at, claimed_by, uncertain_at, created_at, claimed_at, sent_at, delivered_at, read_at, failed_at)
SELECT %(business)s, %(batch)s, CASE WHEN c.state IN (1, 8, 9) THEN 0 ELSE %(sender)s END,
    %(contact)s + (n - 1) %% %(people)s, c.state, CASE WHEN c.state IN (1, 8, 9) THEN 0 ELSE 1 END,
    CASE WHEN c.state IN (1, 8, 9) THEN 0 ELSE 1 END, n, '2010' || lpad(((n - 1) %% 100000000)::text, 8, '0'),
    'Your order ' || n || ' is ready, come when it suits you.',
    CASE WHEN c.state IN (5, 8, 9)
         THEN (%(reasons)s::jsonb -> c.state::text) ->> floor(d.r2 * jsonb_array_length(%(reasons)s::jsonb -> c.state::text))::int
    END,
    CASE WHEN c.state IN (4, 6, 7) THEN 'wamid.' || %(batch)s || '.' || n END,
    CASE WHEN c.state = 1 THEN %(created)s::timestamptz END,
    CASE WHEN c.state = 2 THEN %(sender)s::bigint END,
    CASE WHEN c.state = 3 THEN d.at END,
    %(created)s,
    CASE WHEN c.state NOT IN (1, 8, 9) THEN d.at END,
    CASE WHEN c.state IN (4, 6, 7) THEN d.at + interval '1 second' END,
    CASE WHEN c.state IN (6, 7) THEN d.at + interval '3 seconds' END,
    CASE WHEN c.state = 7 THEN d.at + interval '9 seconds' END,
    CASE WHEN c.state IN (5, 8, 9) THEN d.at END
FROM drawn d JOIN cuts c ON d.r >= c.floor AND d.r < c.ceiling
ORDER BY n
"""
_ATTEMPTS = """
INSERT INTO ledger_attempt (message_id, number, sender_id, worker_id, epoch, began_at, ended_at, outcome, code, provider_id)
SELECT id, 1, %(sender)s, 1, 1, claimed_at, CASE WHEN state > 3 THEN claimed_at + interval '1 second' END,
       CASE WHEN state = 5 THEN 'recipient' WHEN state > 3 THEN 'accepted' END,
       CASE WHEN state = 5 THEN split_part(reason, '.', 2) END, provider_id
FROM ledger_message WHERE batch_id = %(batch)s AND claimed_at IS NOT NULL ORDER BY claimed_at
"""
_COUNTERS = """
INSERT INTO ledger_batchsender (batch_id, sender_id, sending, uncertain, sent, failed, delivered, read, skipped, cancelled)
SELECT batch_id, CASE WHEN state IN (8, 9) THEN 0 ELSE sender_id END, count(*) FILTER (WHERE state = 2),
       count(*) FILTER (WHERE state = 3), count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5),
       count(*) FILTER (WHERE state = 6), count(*) FILTER (WHERE state = 7), count(*) FILTER (WHERE state = 8),
       count(*) FILTER (WHERE state = 9)
FROM ledger_message WHERE batch_id = %(batch)s AND state <> 1 GROUP BY 1, 2
"""


def fill(
    *,
    business_id: int,
    sender_id: int,
    count: int,
    shares: Mapping[State, float],
    begin: datetime,
    end: datetime,
    contact_from: int = 1,
    people: int = 1_000_000,
    state: BatchState = BatchState.FLOWING,
    hold_code: str = "",
) -> Batch:
    """A batch whose messages stand in states drawn by these shares, their moments spread over a time, counters right.

    :param shares: by weight.
    :param contact_from: id of the first of ``people`` contacts that get them in turn.
    """
    import json

    batch = ledger.create_batch(
        business_id=business_id, target=(Target.SENDER, sender_id), content={"kind": "text"}, now=begin
    )
    whole, floors, ceilings, floor = sum(shares.values()), [], [], 0.0
    for share in shares.values():
        floors.append(floor)
        floor += share / whole
        ceilings.append(floor)
    ceilings[-1] = 2.0
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "states": [int(s) for s in shares],
                "floors": floors,
                "ceilings": ceilings,
                "begin": begin,
                "end": end,
                "created": begin,
                "count": count,
                "business": business_id,
                "batch": batch.pk,
                "sender": sender_id,
                "contact": contact_from,
                "people": people,
                "reasons": json.dumps({str(int(s)): list(r) for s, r in REASONS.items()}),
            },
        )
        for sql in (_ATTEMPTS, _COUNTERS):
            cursor.execute(sql, {"sender": sender_id, "batch": batch.pk})
        cursor.execute(
            "SELECT min(id), max(id), count(*) FROM ledger_message WHERE batch_id = %s", (batch.pk,)
        )
        first, last, total = cursor.fetchone()
    started = None if state is BatchState.DRAFT else begin
    finished = end if state in (BatchState.FINISHED, BatchState.CANCELLED) else None
    Batch.objects.filter(pk=batch.pk).update(
        first_id=first,
        last_id=last,
        total=total,
        state=state,
        started_at=started,
        finished_at=finished,
        hold_code=hold_code,
    )
    batch.refresh_from_db()
    return batch
