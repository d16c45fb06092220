"""Asks gateways now and then how their linked phones stand. Webhooks tell it at once, but one may be lost, and WPPConnect
sends each only once. A gateway on this machine that reports to a port at which we were before is told anew.

Whoever leases a number asks alone. A gateway that does not answer changes nothing: whether one is reached is found out by
sending. That a phone is gone is believed only when it was said several times in a row: a gateway that was started anew says
so too, for a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q

from qafila.kit.crypto import CryptoError
from qafila.kit.rng import Rng
from qafila.providers import registry
from qafila.providers.credentials import Credentials
from qafila.providers.interface import Failure, ProviderError
from qafila.providers.management import Pairing, Reporting
from qafila.providers.notices import LinkNotice
from qafila.senders import queries
from qafila.senders.actions.health import health_of
from qafila.senders.actions.link_away import end_away, note_away
from qafila.senders.actions.link_news import ENDED_BY_LINK, STOPS, heed_link
from qafila.senders.models import AccountState, LinkState, Sender, SenderHealth, SenderState
from qafila.senders.outgoing import is_served_here
from qafila.senders.reading_back import in_thread

EVERY: Final = timedelta(minutes=4)
AGAIN: Final = timedelta(minutes=1)
"""After a look that found the phone gone, until that is believed; or its session not there yet, until that is told."""
WHILE_STOPPED: Final = timedelta(minutes=30)
"""For a number that goes on by itself when its phone is linked: that webhook may be lost too."""
JITTER: Final = timedelta(seconds=30)
LEASE: Final = timedelta(minutes=10)
"""A look that does not come to an end is taken again after so long."""
LOOKS: Final = 3
"""So often in a row a phone must be gone."""
MOST_A_ROUND: Final = 40
AT_ONCE: Final = 8
"""Accounts; the numbers of one are asked for one after another."""
PATIENCE_SECONDS: Final = 10.0
_WAITS: Final = "|".join(code for code in ENDED_BY_LINK if code != "phone_not_linked")
_DOUBTS: Final = "link_doubts"


@dataclass(frozen=True, slots=True)
class _Number:
    id: int
    account_id: int
    ref: str


async def watch(*, now: datetime, rng: Rng, limit: int = MOST_A_ROUND) -> int:
    """One round over what is due. How many gateways' answers counted."""
    accounts: dict[int, list[_Number]] = {}
    for number in await in_thread(_due)(now, limit):
        accounts.setdefault(number.account_id, []).append(number)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(numbers: Sequence[_Number]) -> int:
        async with places:
            return await _account(numbers, now, rng)

    return sum(await asyncio.gather(*(one(numbers) for numbers in accounts.values())))


@dataclass(frozen=True, slots=True)
class _Said:
    """What a gateway said of a number; ``away``: its session starts, or has lost its connection."""

    notices: Sequence[LinkNotice]
    away: bool = False


async def _account(numbers: Sequence[_Number], now: datetime, rng: Rng) -> int:
    """The numbers of one gateway. Where it does not answer for one, the others wait for their next turn."""
    answered, silent = 0, False
    for number in numbers:
        after = now + EVERY + _some(rng)
        if not await in_thread(_lease)(number, now, after if silent else now + LEASE) or silent:
            continue
        said = await _asked(number)
        if said is None:
            silent = True
            await in_thread(_postpone)(number, after)
            continue
        await in_thread(_note)(number, said, now, _some(rng))
        answered += 1
    return answered


async def _asked(number: _Number) -> _Said | None:
    """What the gateway says; None: it says nothing that counts."""
    try:
        kind, to, _ = await in_thread(queries.credentials)(number.id)
        provider = registry.get(kind)
        async with asyncio.timeout(PATIENCE_SECONDS):
            said = await provider.status(to)
            if said.can_send and isinstance(provider, Reporting):
                await _told_where(provider, to)
            return _Said(said.notices, said.away)
    except ProviderError as exc:
        if exc.failure is not Failure.SENDER:
            return None
        return _Said((LinkNotice("logged_out", number.ref, detail=exc.code),))  # it has no such session
    except (ObjectDoesNotExist, CryptoError, TimeoutError):
        return None


async def _told_where(provider: Reporting, to: Credentials) -> None:
    """A gateway on this machine reports to the port at which the pages are served now, where it was told another one."""
    if await in_thread(is_served_here)(to.webhook_url):
        with contextlib.suppress(ProviderError):  # the next look tries again
            await provider.report_here(to)


def _due(now: datetime, limit: int) -> list[_Number]:
    """Linked numbers that nobody asked for lately, those never asked for first."""
    kinds = [kind for kind in registry.KINDS if isinstance(registry.get(kind), Pairing)]
    due = Q(health=None) | Q(health__due_at=None) | Q(health__due_at__lte=now)
    linked = Q(state__in=(SenderState.READY, SenderState.RESTING, SenderState.PAUSED))
    waits = Q(state=SenderState.STOPPED, state_reason__regex=rf"(^|\.)({_WAITS})$")
    found = Sender.objects.filter(
        due, linked | waits, provider_account__kind__in=kinds, provider_account__state=AccountState.OK
    )
    found = found.exclude(ref="").exclude(link__state=LinkState.RUNNING).order_by("health__due_at", "pk")
    return [_Number(*row) for row in found.values_list("pk", "provider_account_id", "ref")[:limit]]


def _lease(number: _Number, now: datetime, until: datetime) -> bool:
    """Whether it is ours to ask for. ``due_at`` is free for that: of linked phones nothing else is read back."""
    try:
        SenderHealth.objects.get_or_create(sender=Sender.objects.get(pk=number.id))
    except Sender.DoesNotExist:
        return False
    free = SenderHealth.objects.filter(Q(due_at=None) | Q(due_at__lte=now), pk=number.id)
    return free.update(due_at=until) == 1


def _postpone(number: _Number, until: datetime) -> None:
    SenderHealth.objects.filter(pk=number.id).update(due_at=until)


def _note(number: _Number, said: _Said, now: datetime, some: timedelta) -> None:
    """Counts the looks that found the phone gone, lets follow what is certain, and tells of a session that does not come up."""
    notices = said.notices
    with transaction.atomic():
        sender = Sender.objects.filter(pk=number.id).first()
        if sender is None:
            return
        health = health_of(sender)
        stopped = sender.state == SenderState.STOPPED
        gone = not stopped and any(one.code in STOPS for one in notices)
        looks = _count(health.details.get(_DOUBTS)) + 1 if gone else 0
        believed = looks >= LOOKS
        kept: dict[str, Any] = {name: one for name, one in health.details.items() if name != _DOUBTS}
        health.details = {**kept, _DOUBTS: looks} if gone and not believed else kept
        soon = gone and not believed
        if said.away and not gone and not stopped:
            soon = not note_away(sender=sender, health=health, now=now)
        elif not gone:
            end_away(sender=sender, health=health, now=now)
        wait = AGAIN if soon else WHILE_STOPPED if stopped else EVERY
        health.due_at = now + wait + some
        health.save(update_fields=["details", "due_at"])
    for one in notices:
        if believed or one.code not in STOPS:
            heed_link(account_id=number.account_id, notice=one, at=now, now=now)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _some(rng: Rng) -> timedelta:
    """So that the numbers of a gateway are not all asked for in the same moment."""
    return JITTER * rng.random()
