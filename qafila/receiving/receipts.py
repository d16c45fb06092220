"""Receipts: applied to the ledger, kept waiting when their message is not recorded yet, reported when they mean trouble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from qafila.kit.statements import statement
from qafila.ledger import receipts as ledger
from qafila.ledger.receipts import Applied, ReceiptRow
from qafila.ledger.states import State
from qafila.providers.interface import Failure
from qafila.receiving import prices, telling
from qafila.receiving.people import Alias
from qafila.receiving.prices import Priced
from qafila.receiving.rules import kinds
from qafila.receiving.rules.identities import PHONE, is_number
from qafila.receiving.rules.patience import next_try
from qafila.receiving.rules.wishes import Wish, is_opt_out
from qafila.receiving.telling import Told, Trouble
from qafila.receiving.values import Account, FoundReceipt, Kept, News, Said, as_json, keep

Connection = AsyncConnection[Any]
MOST_WAITING = 500
LATE = "A failure was reported after the message had come further, or of an attempt before the last."
UNMATCHED = "No message of this provider account has this id."
_TROUBLE = (Failure.RESTING, Failure.SENDER, Failure.ACCOUNT)


@dataclass(slots=True)
class Effects:
    """What follows from webhooks beyond the ledger.

    :attr:`troubles`: by account, the messages that failed for each, told as one event. :attr:`choices` are wishes, and
    :attr:`news` what the provider says of numbers, accounts and templates, that count only if their row is new.
    """

    kept: list[Kept] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    troubles: dict[tuple[int, Trouble], tuple[Account, list[int]]] = field(default_factory=dict)
    wishes: list[Said] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    choices: list[tuple[Kept, Said]] = field(default_factory=list)
    news: list[tuple[News, Kept]] = field(default_factory=list)


async def apply(connection: Connection, found: Sequence[FoundReceipt], *, now: datetime) -> Effects:
    """Applies receipts in the caller's transaction; what matches nothing yet waits in a table."""
    effects, unmatched = await _apply(connection, found, now)
    await _let_wait(connection, [one for one in unmatched if one.may_wait], now)
    effects.kept += [_unmatched(one, now) for one in unmatched if not one.may_wait]
    return effects


async def _apply(
    connection: Connection, found: Sequence[FoundReceipt], now: datetime
) -> tuple[Effects, list[FoundReceipt]]:
    """What follows from those that matched, and those that did not."""
    effects = Effects()
    applied = await ledger.apply(connection, [one.row for one in found])
    for one in applied:
        _follow(effects, one, found[one.position], now)
    await prices.keep(
        connection, [priced for one in applied if (priced := _priced(one, found[one.position]))]
    )
    effects.told = [
        telling.sender_trouble(account, trouble, ids)
        for (_, trouble), (account, ids) in effects.troubles.items()
    ]
    matched = {one.position for one in applied}
    return effects, [one for place, one in enumerate(found) if place not in matched]


def _follow(effects: Effects, one: Applied, receipt: FoundReceipt, now: datetime) -> None:
    """What a matched receipt means beyond the message's state."""
    account, row, change = receipt.account, receipt.row, one.change
    moved = change is not None and change.new_state != change.old_state
    contact_id = change.contact_id if change else None
    if moved and contact_id and change and receipt.address != change.address and is_number(receipt.address):
        effects.aliases.append(Alias(account.business_id, contact_id, PHONE, receipt.address))
    if row.state is not State.FAILED:
        return
    if (change.new_state if change else one.state) != State.FAILED:
        effects.kept.append(
            keep(account, kinds.LATE_FAILURE, payload=_record(receipt), at=row.at, now=now, reason=LATE)
        )
        return
    if not moved:
        return
    code = row.code or ""
    if is_opt_out(account.kind, code) and contact_id:
        words = f"{account.kind} {code}"
        effects.wishes.append(Said(account.business_id, contact_id, Wish.STOP, "provider", words, row.at))
    if row.failure is not None and row.failure in _TROUBLE:
        trouble = Trouble(one.sender_id, row.failure, row.reason or "", receipt.scope)
        effects.troubles.setdefault((account.id, trouble), (account, []))[1].append(one.message_id)


def _priced(one: Applied, receipt: FoundReceipt) -> Priced | None:
    if not receipt.price:
        return None
    return Priced(one.message_id, receipt.account.business_id, one.sender_id, receipt.row.at, receipt.price)


async def _let_wait(connection: Connection, waiting: Sequence[FoundReceipt], now: datetime) -> None:
    if waiting:
        await connection.execute(
            statement("qafila.receiving", "wait"),
            {
                "businesses": [one.account.business_id for one in waiting],
                "accounts": [one.account.id for one in waiting],
                "receipts": [as_json(_record(one)) for one in waiting],
                "due_at": next_try(1, now),
            },
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a receipt waited, and its tries so far."""

    id: int
    tries: int
    business_id: int
    provider_account_id: int
    record: dict[str, Any]


async def take_waiting(connection: Connection, *, now: datetime) -> list[Waiting]:
    """Receipts whose next try is due, locked."""
    async with connection.cursor(row_factory=class_row(Waiting)) as cursor:
        await cursor.execute(
            statement("qafila.receiving", "take_waiting"), {"now": now, "most": MOST_WAITING}
        )
        return await cursor.fetchall()


async def settle_waiting(
    connection: Connection, waiting: Sequence[Waiting], accounts: Mapping[int, Account], *, now: datetime
) -> Effects:
    """Tries waiting receipts again. Those that matched or were given up go; the others get their next time."""
    found = [_from_record(one, accounts) for one in waiting]
    effects, unmatched = await _apply(connection, found, now)
    still = {id(one) for one in unmatched}
    done, again = [], []
    for one, receipt in zip(waiting, found, strict=True):
        due = next_try(one.tries + 1, now)
        if id(receipt) in still and due is not None:
            again.append((one.id, due))
            continue
        done.append(one.id)
        if id(receipt) in still:
            effects.kept.append(_unmatched(receipt, now))
    await connection.execute("DELETE FROM receiving_waitingreceipt WHERE id = ANY(%s)", [done])
    if again:
        parameters = {"ids": [id_ for id_, _ in again], "dues": [due for _, due in again]}
        await connection.execute(statement("qafila.receiving", "wait_again"), parameters)
    return effects


def _unmatched(receipt: FoundReceipt, now: datetime) -> Kept:
    return keep(
        receipt.account,
        kinds.UNMATCHED_RECEIPT,
        payload=_record(receipt),
        at=receipt.row.at,
        now=now,
        reason=UNMATCHED,
    )


def _record(receipt: FoundReceipt) -> dict[str, Any]:
    """What must be known of a receipt to try it again or to tell of it."""
    row = receipt.row
    return {
        "provider_id": row.provider_id,
        "state": int(row.state),
        "at": row.at.isoformat(),
        "reason": row.reason,
        "failure": row.failure,
        "code": row.code,
        "detail": row.detail,
        "address": receipt.address,
        "scope": receipt.scope,
        **({"price": dict(receipt.price)} if receipt.price else {}),
    }


def _from_record(waiting: Waiting, accounts: Mapping[int, Account]) -> FoundReceipt:
    record = waiting.record
    gone = Account(waiting.provider_account_id, "", waiting.business_id, "", {})
    row = ReceiptRow(
        provider_account_id=waiting.provider_account_id,
        provider_id=record["provider_id"],
        state=State(record["state"]),
        at=datetime.fromisoformat(record["at"]),
        reason=record["reason"],
        failure=record["failure"],
        code=record["code"],
        detail=record["detail"],
    )
    account = accounts.get(waiting.provider_account_id, gone)
    return FoundReceipt(
        account,
        row,
        address=record["address"],
        scope=record["scope"],
        may_wait=True,
        price=record.get("price", {}),
    )
