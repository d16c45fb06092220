"""Reads numbers, accounts and templates back from their providers and writes down what they say.

Calls run in the event loop, each once; rows are written in threads. A fault of one number touches no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import ObjectDoesNotExist
from django.db import connections

from qafila.kit.crypto import CryptoError
from qafila.providers import registry
from qafila.providers.interface import Failure, ProviderError
from qafila.providers.management import NumberBook, TemplateBook
from qafila.senders import queries, template_queries
from qafila.senders.actions import health, templates
from qafila.senders.models import AccountHealth, ProviderAccount, Sender, SenderHealth

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 8
MOST_A_ROUND = 40
NOBODY = "provider"
_PASSING = (Failure.TEMPORARY, Failure.THROTTLED, Failure.UNKNOWN, Failure.RESTING)


async def read_due(*, now: datetime, limit: int = MOST_A_ROUND) -> int:
    """Everything that is due: accounts, then numbers, then templates. How many were read or tried."""
    numbers, books = _kinds(NumberBook), _kinds(TemplateBook)
    accounts = await in_thread(template_queries.accounts_due)(kinds=numbers, now=now, limit=limit)
    await _all(accounts, lambda one: read_account(one, now=now))
    senders = await in_thread(template_queries.numbers_due)(kinds=numbers, now=now, limit=limit)
    await _all(senders, lambda one: read_number(one, now=now))
    listed = await in_thread(template_queries.templates_due)(kinds=books, now=now, limit=limit)
    await _all(listed, lambda one: read_templates(one, now=now))
    return len(accounts) + len(senders) + len(listed)


async def read_number(sender_id: int, *, now: datetime) -> bool:
    """One number. False when the provider could not be asked; what was known stays."""
    kind = NOBODY
    try:
        kind, reach, _ = await in_thread(queries.credentials)(sender_id)
        await in_thread(_lease_number)(sender_id, now)
        info = await _number_book(kind).number_info(reach)
    except ObjectDoesNotExist:
        return False
    except (ProviderError, CryptoError) as exc:
        await in_thread(health.note_unreadable_number)(
            sender_id=sender_id, code=_code(kind, exc), lasting=_is_lasting(exc), now=now
        )
        return False
    return await in_thread(health.record_number)(sender_id=sender_id, info=info, now=now)


async def read_account(account_id: int, *, now: datetime) -> bool:
    """One provider account."""
    kind = NOBODY
    try:
        kind, reach = await in_thread(template_queries.account_credentials)(account_id)
        await in_thread(_lease_account)(account_id, now, "due_at")
        info = await _number_book(kind).account_info(reach)
    except ObjectDoesNotExist:
        return False
    except (ProviderError, CryptoError) as exc:
        await _note_account(account_id, kind, exc, now, of_templates=False)
        return False
    return await in_thread(health.record_account)(account_id=account_id, info=info, now=now)


async def read_templates(account_id: int, *, now: datetime) -> bool:
    """The templates of one provider account."""
    kind = NOBODY
    try:
        kind, reach = await in_thread(template_queries.account_credentials)(account_id)
        await in_thread(_lease_account)(account_id, now, "templates_due_at")
        found = await _template_book(kind).list_templates(reach)
    except ObjectDoesNotExist:
        return False
    except (ProviderError, CryptoError) as exc:
        await _note_account(account_id, kind, exc, now, of_templates=True)
        return False
    return await in_thread(templates.store_templates)(
        account_id=account_id, found=found, asked_at=now, now=now
    )


async def _note_account(
    account_id: int, kind: str, exc: Exception, now: datetime, *, of_templates: bool
) -> None:
    await in_thread(health.note_unreadable_account)(
        account_id=account_id,
        code=_code(kind, exc),
        lasting=_is_lasting(exc),
        templates=of_templates,
        now=now,
    )


async def _all(ids: Sequence[int], read: Callable[[int], Awaitable[bool]]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(row_id: int) -> None:
        async with places:
            await read(row_id)

    await asyncio.gather(*(one(row_id) for row_id in ids))


def in_thread(action: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Runs a synchronous action of this room beside the event loop; a connection that broke before is made anew.

    Called from a view it runs in the request's own thread: a connection that is in a transaction there stays.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
        return action(*args, **kwargs)

    return sync_to_async(call)


def _kinds(what: type) -> list[str]:
    return [kind for kind in registry.KINDS if isinstance(registry.get(kind), what)]


def _number_book(kind: str) -> NumberBook:
    found = registry.get(kind)
    if not isinstance(found, NumberBook):
        raise ProviderError(Failure.CONTENT, "not_possible", "This provider does not tell about its numbers.")
    return found


def _template_book(kind: str) -> TemplateBook:
    found = registry.get(kind)
    if not isinstance(found, TemplateBook):
        raise ProviderError(Failure.CONTENT, "not_possible", "This provider has no templates.")
    return found


def _lease_number(sender_id: int, now: datetime) -> None:
    """Who reads it does so alone; a reading that never ends is taken over after a while."""
    health_row, _ = SenderHealth.objects.get_or_create(sender=Sender.objects.get(pk=sender_id))
    SenderHealth.objects.filter(pk=health_row.pk).update(due_at=now + health.LEASE)


def _lease_account(account_id: int, now: datetime, what: str) -> None:
    row, _ = AccountHealth.objects.get_or_create(provider_account=ProviderAccount.objects.get(pk=account_id))
    AccountHealth.objects.filter(pk=row.pk).update(**{what: now + health.LEASE})


def _code(kind: str, exc: Exception) -> str:
    """A wording code: the provider's, or that the secrets cannot be opened."""
    return f"{kind}.{exc.code}" if isinstance(exc, ProviderError) else "secrets_unreadable"


def _is_lasting(exc: Exception) -> bool:
    return not (isinstance(exc, ProviderError) and exc.failure in _PASSING)
