"""From stored bytes to what they say. Nothing here raises on content; what cannot be used is kept with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qafila.ledger import attempt_ids
from qafila.ledger.receipts import ReceiptRow
from qafila.ledger.states import State
from qafila.providers import registry
from qafila.providers.interface import (
    UNTIMED,
    BadItem,
    EchoEvent,
    Event,
    InboundEvent,
    OtherEvent,
    Receipt,
    StatusEvent,
)
from qafila.receiving.rules import identities, kinds
from qafila.receiving.rules.wishes import Preference, read_preference
from qafila.receiving.values import (
    Account,
    FoundEcho,
    FoundMessage,
    FoundReceipt,
    Kept,
    News,
    Number,
    Raw,
    keep,
)

LONGEST_ID = 200

_STATES = {
    Receipt.SENT: State.SENT,
    Receipt.DELIVERED: State.DELIVERED,
    Receipt.READ: State.READ,
    Receipt.FAILED: State.FAILED,
}


@dataclass(slots=True)
class Findings:
    """What a batch of webhooks says.

    :ivar echoes: what the business sent from its phone app.
    :ivar preferences: with the row that keeps each: it counts only when that row is new; likewise :attr:`news`.
    """

    receipts: list[FoundReceipt] = field(default_factory=list)
    messages: list[FoundMessage] = field(default_factory=list)
    echoes: list[FoundEcho] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    preferences: list[tuple[Account, Preference, Kept]] = field(default_factory=list)
    news: list[tuple[News, Kept]] = field(default_factory=list)


def read(
    raws: Sequence[Raw], accounts: Mapping[int, Account], *, installation: str, now: datetime
) -> Findings:
    """Parses webhooks with their provider.

    :param accounts: by row id; every account of ``raws`` is there, or the webhook is kept as unreadable.
    """
    found = Findings()
    for raw in raws:
        account = accounts.get(raw.provider_account_id)
        if account is None:
            gone = Account(raw.provider_account_id, "", raw.business_id, "", {})
            reason = "The provider account of this webhook no longer exists."
            payload = {"webhook": raw.id, "bytes": len(raw.body)}
            found.kept.append(
                keep(
                    gone,
                    kinds.UNREADABLE_WEBHOOK,
                    payload=payload,
                    at=None,
                    now=now,
                    reason=reason,
                    origin=raw.body,
                )
            )
            continue
        for event in registry.configured(account.kind, account.config).parse(raw.body):
            _sort(found, _completed(event, account, raw), account, raw, installation=installation, now=now)
    return found


def _completed(event: Event, account: Account, raw: Raw) -> Event:
    """With what the vendor left out: when (then it counts from when the webhook came), and, where the account has one
    number, which."""
    if isinstance(event, StatusEvent | InboundEvent | EchoEvent):
        if event.at == UNTIMED:
            event = replace(event, at=raw.received_at)
        if not event.sender_ref and len(account.numbers) == 1:
            event = replace(event, sender_ref=next(iter(account.numbers)))
    return event


def _sort(
    found: Findings, event: Event, account: Account, raw: Raw, *, installation: str, now: datetime
) -> None:
    match event:
        case StatusEvent() if len(event.provider_id) <= LONGEST_ID:
            found.receipts.append(_receipt(event, account, installation, now))
        case InboundEvent() if len(event.provider_id) <= LONGEST_ID:
            _message(found, event, account, raw, now)
        case EchoEvent() if len(event.provider_id) <= LONGEST_ID:
            found_by = _who_and_where(found, event, account, raw, now)
            if found_by:
                found.echoes.append(FoundEcho(account, *found_by, event))
        case StatusEvent() | InboundEvent() | EchoEvent():
            found.kept.append(_unreadable(account, "id_too_long", event.payload, raw, now))
        case OtherEvent():
            _other(found, event, account, raw, now)
        case BadItem():
            found.kept.append(_unreadable(account, event.reason, event.payload, raw, now))


def _message(found: Findings, event: InboundEvent, account: Account, raw: Raw, now: datetime) -> None:
    found_by = _who_and_where(found, event, account, raw, now)
    if found_by:
        found.messages.append(FoundMessage(account, *found_by, event))
    if event.unknown:
        # The message is in the books all the same; this row counts the type that nobody here knows.
        found.kept.append(
            keep(
                account,
                f"messages.{event.unknown}",
                payload=event.payload,
                at=event.at,
                now=now,
                known=False,
            )
        )


def _who_and_where(
    found: Findings, event: InboundEvent | EchoEvent, account: Account, raw: Raw, now: datetime
) -> tuple[Number, identities.Person] | None:
    """The number and the person; None where one of them is not known: then the item is kept."""
    person = identities.person_of(account.business_id, event)
    number = account.numbers.get(event.sender_ref)
    if person is None:
        found.kept.append(_unreadable(account, "no_person", event.payload, raw, now))
        return None
    if number is None:
        reason = "No sender of this provider account has the number that this message came to."
        row = keep(account, kinds.UNKNOWN_NUMBER, payload=event.payload, at=event.at, now=now, reason=reason)
        found.kept.append(row)
        return None
    return number, person


def _receipt(event: StatusEvent, account: Account, installation: str, now: datetime) -> FoundReceipt:
    attempt = attempt_ids.read(event.attempt_id, installation)
    error = event.error if event.receipt is Receipt.FAILED else None
    row = ReceiptRow(
        provider_account_id=account.id,
        provider_id=event.provider_id,
        state=_STATES[event.receipt],
        at=min(event.at, now),
        message_id=attempt[0] if attempt else None,
        number=attempt[1] if attempt else None,
        reason=f"{account.kind}.{error.code}"[:64] if error else None,
        failure=error.failure.value if error else None,
        code=error.code[:64] if error else None,
        detail=error.detail[:300] or None if error else None,
    )
    # An attempt of ours is in the database before the call; an echo that is not ours belongs to somebody else.
    return FoundReceipt(
        account,
        row,
        address=event.address,
        scope=error.scope.value if error else "",
        may_wait=event.attempt_id is None,
        price=event.price,
        payload=event.payload,
    )


def _other(found: Findings, event: OtherEvent, account: Account, raw: Raw, now: datetime) -> None:
    row = keep(
        account,
        event.kind,
        payload=event.payload,
        at=event.at,
        now=now,
        known=event.kind in kinds.KNOWN,
        origin=raw.body,
    )
    found.kept.append(row)
    # Where the vendor names no time it counts from when the webhook came, however late it is read.
    at = min(event.at or raw.received_at, now)
    found.news += [(News(account, notice, event.sender_ref, at), row) for notice in event.notices]
    if event.kind == "user_preferences" and (preference := read_preference(event.payload)):
        found.preferences.append((account, preference, row))


def _unreadable(account: Account, reason: str, payload: object, raw: Raw, now: datetime) -> Kept:
    return keep(
        account, kinds.UNREADABLE_ITEM, payload=payload, at=None, now=now, reason=reason, origin=raw.body
    )
