"""A person's verbs on messages of many contracts at once, by a filter: a chunk a transaction, so that nothing waits long
for another's locks, and what was done stays done."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import NotFound
from qafila.campaigns.queries import batches_of_messages
from qafila.dispatch import actions as dispatch
from qafila.dispatch.addressing import address_some, put_first
from qafila.ledger import actions as ledger
from qafila.ledger import finding, some_messages
from qafila.ledger.actions import Resolution
from qafila.ledger.finding import Wanted
from qafila.ledger.states import State
from qafila.senders.models import Sender

CHUNK = 2_000


class Verb(enum.StrEnum):
    """What can be done to messages in bulk, and the one state it is done to."""

    CANCEL = "cancel"
    """Queued ones leave the queue for good."""
    NEXT = "next"
    """Queued ones of a contract that one number sends go out before its others."""
    MOVE = "move"
    """Queued ones that a package shares wait for one of its numbers."""
    RETRY = "retry"
    """Failed ones are queued again with fresh tries."""
    SETTLE_SENT = "settle_sent"
    """Uncertain ones count as sent."""
    SETTLE_FAILED = "settle_failed"
    SETTLE_RESEND = "settle_resend"
    """Uncertain ones are sent again: who got the first one gets it twice."""

    @property
    def state(self) -> State:
        """Messages in any other state are left alone."""
        return _STATE.get(self, State.UNCERTAIN)


_STATE = {
    Verb.CANCEL: State.QUEUED,
    Verb.NEXT: State.QUEUED,
    Verb.MOVE: State.QUEUED,
    Verb.RETRY: State.FAILED,
}
_AS = {
    Verb.SETTLE_SENT: Resolution.SENT,
    Verb.SETTLE_FAILED: Resolution.FAILED,
    Verb.SETTLE_RESEND: Resolution.RESEND,
}


def change_messages(
    *,
    wanted: Wanted,
    verb: Verb,
    only: Sequence[int] | None = None,
    reasons: Sequence[str] | None = None,
    to: Sender | None = None,
    actor: Actor,
    now: datetime,
    before: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> int:
    """Does it to every message of the filter that is in the verb's state. Returns to how many.

    May be called again after it was broken off: what is done is not in the filter's state any more, or stands as it should.

    What a cancelled contract holds is not retried; a message that a lane just takes is not cancelled, nor moved. A contract
    of one number stays with it (it is given to others as a whole: :func:`move_contract`).

    :param only: of these messages only (what was ticked), as far as the filter holds them.
    :param reasons: of failed ones only those with one of these wording codes.
    :param to: for ``MOVE`` the number that they wait for.
    :param before: to how many it was done by calls that were broken off; they are in the number that is returned, and in the
        audit log.
    :param tell: called in the transaction of each chunk: how many were looked at, and to how many it was done.
    :raises NotFound: another business, or a number of another one. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=wanted.business_id)
    if verb is Verb.MOVE and (to is None or to.business_id != wanted.business_id):
        raise NotFound("sender")
    if wanted.states and verb.state not in wanted.states:
        return 0
    narrowed = replace(wanted, states=(verb.state,))
    done = before
    for ids in _chunks(narrowed, only, reasons):
        with transaction.atomic():
            changed = _change(wanted.business_id, verb, ids, to, now)
            if tell is not None:
                tell(len(ids), changed)
        done += changed
    if done:
        with transaction.atomic():
            record_audit(
                actor=actor,
                action=f"messages.{_PAST[verb]}",
                subject_kind="messages",
                subject_id="",
                detail={"count": done, "filter": _told(wanted)} | ({"to": str(to.public_id)} if to else {}),
                now=now,
            )
    return done


_PAST = {
    Verb.CANCEL: "cancelled",
    Verb.NEXT: "put_first",
    Verb.MOVE: "moved",
    Verb.RETRY: "retried",
    Verb.SETTLE_SENT: "settled_sent",
    Verb.SETTLE_FAILED: "settled_failed",
    Verb.SETTLE_RESEND: "settled_resend",
}


def _chunks(wanted: Wanted, only: Sequence[int] | None, reasons: Sequence[str] | None) -> Iterator[list[int]]:
    ids: list[int] = []
    for row in finding.all_rows(wanted) if only is None else finding.some_rows(wanted, only):
        if reasons is None or (row.reason or "") in reasons:
            ids.append(row.id)
        if len(ids) == CHUNK:
            yield ids
            ids = []
    if ids:
        yield ids


def _change(business_id: int, verb: Verb, ids: Sequence[int], to: Sender | None, now: datetime) -> int:
    if verb is Verb.CANCEL:
        return some_messages.cancel_messages(business_id=business_id, message_ids=ids, now=now)
    if verb is Verb.NEXT:
        return put_first(business_id=business_id, message_ids=ids)
    if verb is Verb.MOVE and to is not None:
        return _flow_on(address_some(business_id=business_id, message_ids=ids, sender_id=to.pk, now=now), now)
    if verb is Verb.RETRY:
        return _flow_on(some_messages.retry_some(business_id=business_id, message_ids=ids, now=now), now)
    done = ledger.resolve_uncertain(business_id=business_id, as_=_AS[verb], message_ids=ids, now=now)
    if done and verb is Verb.SETTLE_RESEND:
        for batch in sorted(set(batches_of_messages(business_id, ids).values())):
            dispatch.resume_flow(batch_id=batch, now=now)
    return done


def _flow_on(by_batch: Mapping[int, int], now: datetime) -> int:
    """Lets the lanes of these batches look again. Returns how many messages there were."""
    for batch in by_batch:
        dispatch.resume_flow(batch_id=batch, now=now)
    return sum(by_batch.values())


def _told(wanted: Wanted) -> dict[str, object]:
    """The filter for the audit log: no numbers, no texts."""
    told: dict[str, object] = {}
    if wanted.batch_id is not None:
        told["batch"] = wanted.batch_id
    if wanted.sender_id is not None:
        told["sender"] = wanted.sender_id
    if wanted.reason is not None:
        told["reason"] = wanted.reason
    if wanted.contact_ids is not None:
        told["people"] = len(wanted.contact_ids)
    if wanted.answer is not None:
        told["answer"] = wanted.answer.value
    return told
