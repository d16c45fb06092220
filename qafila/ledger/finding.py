"""Lists of messages by state, batch, sender, reason, person and day, which stay quick however many messages there are.

``state`` is in no index (receipts are to stay HOT updates), so a list is walked along its batches: their counters say
how many rows of a state each holds, so that whole batches are passed over without a look at their rows. Within one
batch common states are read along the primary key, rare ones from a partial index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.kit.statements import statement
from qafila.ledger import answers, today, walking
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import State
from qafila.ledger.today import BEGUN, ENDED
from qafila.ledger.walking import Figures
from qafila.ledger.wanted import Total, Wanted

__all__ = [
    "CHUNK",
    "MOST_COUNTED",
    "OUTGOING",
    "Total",
    "Wanted",
    "all_rows",
    "counts_since",
    "reasons_of",
    "rows",
    "some_rows",
    "total",
]

OUTGOING = (State.QUEUED, *BEGUN, *ENDED)
MOST_COUNTED = 10_000
"""Where no counter and no index holds the number, counting ends here, and the list says "more than"."""
CHUNK = 2_000


def total(wanted: Wanted) -> Total:
    """How many messages there are."""
    if wanted.answer is not None:
        return Total(len(_answered(wanted)))
    if State.RECEIVED in wanted.states or wanted.contact_ids is not None:
        return Total(_count_by_index(wanted))
    if _is_today(wanted):
        states = wanted.states or OUTGOING
        by_state = counts_since(wanted.business_id, since=wanted.since, states=states)
        return Total(sum(by_state[state] for state in states))
    figures = walking.figures(wanted.business_id, batch_id=wanted.batch_id, sender_id=wanted.sender_id)
    if _counters_suffice(wanted):
        return Total(sum(f.of(wanted.states or OUTGOING) for f in figures))
    if wanted.reason is not None and _ended_only(wanted) and wanted.since is None and wanted.until is None:
        return Total(sum(count for _, count in _by_reason(wanted, figures)))
    count = walking.count_capped(_candidates(wanted, figures), _conditions(wanted), most=MOST_COUNTED + 1)
    return Total(min(count, MOST_COUNTED), count <= MOST_COUNTED)


def rows(wanted: Wanted, *, offset: int, limit: int, oldest_first: bool = False) -> list[MessageRow]:
    """A page: newest batch first, and in it the latest row first; or all the other way round."""
    if wanted.answer is not None:
        ids = _answered(wanted)[:: 1 if oldest_first else -1][offset : offset + limit]
        return walking.by_ids(ids, _of_business(wanted), oldest_first=oldest_first)
    if State.RECEIVED in wanted.states or wanted.contact_ids is not None:
        return walking.by_index(*_indexed(wanted), offset=offset, limit=limit, oldest_first=oldest_first)
    if _is_today(wanted):
        return _rows_since(wanted, offset=offset, limit=limit, oldest_first=oldest_first)
    figures = walking.figures(wanted.business_id, batch_id=wanted.batch_id, sender_id=wanted.sender_id)
    if oldest_first:
        figures = figures[::-1]
    if _counters_suffice(wanted):
        states = wanted.states or OUTGOING
        sized = [(f, n) for f in figures if (n := f.of(states))]
    elif wanted.reason is not None and _ended_only(wanted) and wanted.since is None and wanted.until is None:
        sized = _by_reason(wanted, figures)
    else:
        return walking.page_searched(
            _candidates(wanted, figures),
            _conditions(wanted),
            offset=offset,
            limit=limit,
            oldest_first=oldest_first,
        )
    return walking.page(
        sized,
        _conditions(wanted),
        states=wanted.states,
        offset=offset,
        limit=limit,
        oldest_first=oldest_first,
    )


def all_rows(wanted: Wanted, *, chunk: int = CHUNK) -> Iterator[MessageRow]:
    """Every one, batch by batch in the order of their rows, in flat memory; for exports and for acting on all of them.

    Rows that move out of the filter while it goes on are neither missed nor met twice.
    """
    if wanted.answer is not None:
        ids = _answered(wanted)
        for start in range(0, len(ids), chunk):
            yield from walking.by_ids(ids[start : start + chunk], _of_business(wanted))
        return
    if State.RECEIVED in wanted.states or wanted.contact_ids is not None:
        source, conditions = _indexed(wanted)
        yield from walking.all_by_index(source, conditions, chunk=chunk)
        return
    if _is_today(wanted):
        new, older = _since_by_batch(wanted)
        for sized, part in ((older, _moved_of(wanted)), (new, replace(wanted, since=None))):
            for one, _ in sized[::-1]:
                yield from walking.all_of_batch(one, _conditions(part), chunk=chunk)
        return
    figures = walking.figures(wanted.business_id, batch_id=wanted.batch_id, sender_id=wanted.sender_id)[::-1]
    for one in _candidates(wanted, figures):
        yield from walking.all_of_batch(one, _conditions(wanted), chunk=chunk)


def some_rows(wanted: Wanted, message_ids: Sequence[int]) -> list[MessageRow]:
    """Of these messages those that the filter holds; batches, people and the business are checked as well."""
    ids = sorted(set(message_ids))
    if wanted.answer is not None:
        ids = sorted(set(ids).intersection(_answered(wanted)))
    return walking.by_ids(ids, _of_business(wanted))


def counts_since(
    business_id: int, *, since: datetime | None, states: Sequence[State] = OUTGOING
) -> dict[State, int]:
    """Messages by state that are of today (or of another moment on): put into the books since then, or begun or ended
    since then in an older batch.

    Newer batches are told by their counters alone; of older ones what moved since is looked for (:mod:`.today`).

    :param states: count these; the others stay 0.
    """
    counts = dict.fromkeys(OUTGOING, 0)
    if since is None:
        return counts
    figures = walking.figures(business_id)
    for one in figures:
        if _is_new(one, since):
            for state in states:
                counts[state] += one.of((state,))
    for by_state in _moved(business_id, figures, since).values():
        for state in states:
            counts[state] += by_state.get(state, 0)
    return counts


def reasons_of(batch_id: int, known: Mapping[State, int]) -> list[tuple[State, str, int]]:
    """How often each reason stands among the messages of a batch that ended without success, the most frequent first.

    Read from an index alone; should one reason stand for two states (the counters tell), from the rows.

    :param known: the batch's counters.
    """
    for name in ("batch_reasons", "batch_reasons_exactly"):
        with connection.cursor() as cursor:
            cursor.execute(statement("qafila.ledger", name), {"batch": batch_id})
            found = [(State(state), reason or "", count) for reason, count, state in cursor.fetchall()]
        if all(sum(n for s, _, n in found if s is state) == known.get(state, 0) for state in ENDED):
            break
    return sorted(found, key=lambda one: (one[0], -one[2], one[1]))


def _answered(wanted: Wanted) -> Sequence[int]:
    """Ids of the messages that were answered so and fulfil the rest, ascending."""
    if wanted.answer is None or wanted.batch_id is None:
        return ()
    found = answers.answered_of(wanted.batch_id, wanted.answer)
    return walking.ids_among(found, _of_business(wanted))


def _of_business(wanted: Wanted) -> walking.Conditions:
    """All that a row must fulfil, its business, batch and person too."""
    given = _conditions(wanted)
    text, parameters = f"m.business_id = %(business)s AND {given.text}", dict(given.parameters)
    parameters["business"] = wanted.business_id
    if wanted.batch_id is not None:
        text, parameters["batch"] = f"{text} AND m.batch_id = %(batch)s", wanted.batch_id
    if wanted.contact_ids is not None:
        text = f"{text} AND m.contact_id = ANY (%(contacts)s)"
        parameters["contacts"] = list(wanted.contact_ids)
    return walking.Conditions(text, parameters)


def _is_today(wanted: Wanted) -> bool:
    return wanted.since is not None and (
        wanted.until is None
        and wanted.batch_id is None
        and wanted.sender_id is None
        and wanted.reason is None
    )


def _counters_suffice(wanted: Wanted) -> bool:
    return wanted.reason is None and wanted.since is None and wanted.until is None


def _ended_only(wanted: Wanted) -> bool:
    return bool(wanted.states) and set(wanted.states) <= set(ENDED)


def _is_new(figures: Figures, since: datetime | None) -> bool:
    return since is not None and figures.created_at >= since


def _candidates(wanted: Wanted, figures: Sequence[Figures]) -> list[Figures]:
    """Batches that may hold any of them."""
    states = wanted.states or OUTGOING
    return [f for f in figures if f.of(states) and (wanted.until is None or f.created_at < wanted.until)]


def _by_reason(wanted: Wanted, figures: Sequence[Figures]) -> list[tuple[Figures, int]]:
    found = [f for f in figures if f.of(wanted.states)]
    return walking.sized(found, _conditions(wanted)) if found else []


def _rows_since(wanted: Wanted, *, offset: int, limit: int, oldest_first: bool) -> list[MessageRow]:
    new, older = _since_by_batch(wanted)
    parts = [(new, replace(wanted, since=None)), (older, _moved_of(wanted))]
    found: list[MessageRow] = []
    for sized, part in parts[::-1] if oldest_first else parts:
        if len(found) < limit:
            found += walking.page(
                sized[::-1] if oldest_first else sized,
                _conditions(part),
                states=part.states,
                offset=offset,
                limit=limit - len(found),
                oldest_first=oldest_first,
            )
        offset = max(0, offset - sum(count for _, count in sized))
    return found


def _since_by_batch(wanted: Wanted) -> tuple[list[tuple[Figures, int]], list[tuple[Figures, int]]]:
    """The batches made since the moment, and the older ones that moved since, each with how many messages count."""
    states = wanted.states or OUTGOING
    figures = walking.figures(wanted.business_id)
    moved = _moved(wanted.business_id, figures, wanted.since)
    new, older = [], []
    for one in figures:
        if _is_new(one, wanted.since):
            new.append((one, one.of(states)))
        else:
            older.append((one, sum(moved.get(one.id, {}).get(state, 0) for state in states)))
    return [pair for pair in new if pair[1]], [pair for pair in older if pair[1]]


def _moved(business_id: int, figures: Sequence[Figures], since: datetime | None) -> today.Moved:
    if since is None:
        return {}
    return today.moved(business_id, [one for one in figures if not _is_new(one, since)], since=since)


def _moved_of(wanted: Wanted) -> Wanted:
    """What of older batches counts: what waits in them does not."""
    return replace(
        wanted, states=tuple(s for s in wanted.states or (*BEGUN, *ENDED) if s in (*BEGUN, *ENDED))
    )


def _conditions(wanted: Wanted) -> walking.Conditions:
    """What a row must fulfil beyond its batch."""
    texts, parameters = [], dict[str, Any]()
    if wanted.states:
        texts.append("m.state = ANY (%(states)s)")
        parameters["states"] = [int(s) for s in wanted.states]
    else:
        texts.append("m.state <> 10")
    if wanted.sender_id is not None:
        texts.append(
            "(m.sender_id = %(sender)s OR EXISTS (SELECT FROM ledger_batch t WHERE t.id = m.batch_id"
            " AND t.target_kind = 1 AND t.target_id = %(sender)s))"
        )
        parameters["sender"] = wanted.sender_id
    if wanted.reason is not None:
        texts.append("m.reason = %(reason)s" if wanted.reason else "m.reason IS NULL")
        parameters["reason"] = wanted.reason
    for name, moment, sign in (("since", wanted.since, ">="), ("until", wanted.until, "<")):
        if moment is not None:
            column = "m.created_at" if wanted.states == (State.RECEIVED,) else _moment()
            texts.append(f"{column} {sign} %({name})s")
            parameters[name] = moment
    return walking.Conditions(" AND ".join(texts), parameters)


def _moment() -> str:
    """When a message was last moved by us: its sending began, it ended without success, or it came into the books."""
    return (
        "CASE WHEN m.state IN (5, 8, 9) THEN m.failed_at WHEN m.state IN (1, 10) THEN m.created_at"
        " ELSE m.claimed_at END"
    )


def _indexed(wanted: Wanted) -> tuple[str, walking.Conditions]:
    """For people's messages and for those of named people: an index gives all of them."""
    given = _conditions(wanted)
    parameters = {**given.parameters, "business": wanted.business_id}
    text = f"m.business_id = %(business)s AND {given.text}"
    if wanted.batch_id is not None:
        text, parameters["batch"] = f"{text} AND m.batch_id = %(batch)s", wanted.batch_id
    if wanted.contact_ids is not None:
        parameters["contacts"] = list(wanted.contact_ids)
        return "m.contact_id = ANY (%(contacts)s)", walking.Conditions(text, parameters)
    return "m.claimed_at IS NULL AND m.provider_id IS NOT NULL", walking.Conditions(text, parameters)


def _count_by_index(wanted: Wanted) -> int:
    source, conditions = _indexed(wanted)
    return walking.count_by_index(source, conditions)
