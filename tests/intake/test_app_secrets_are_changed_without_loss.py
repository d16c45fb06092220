"""Promise 21 while the app secret is changed: the new and the former one count for a time, then the new one only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.intake import accounts
from qafila.kit.clock import VirtualClock
from qafila.providers.signatures import sign
from qafila.receiving.models import RawWebhook
from qafila.senders import secrets
from qafila.senders.actions import change_secrets
from qafila.senders.models import ProviderAccount
from qafila.senders.secrets import Secrets
from tests.intake.conftest import Client

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Any]
SECRET = "test-app-secret"


def signed(body: bytes, secret: str) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, secret)}


def test_both_secrets_count_during_a_change_and_the_old_one_no_longer_after_it(
    talk: Talk, provider_account: ProviderAccount, now: datetime
) -> None:
    clock = VirtualClock(now)

    def now_known(*app_secrets: str) -> None:
        account = ProviderAccount.objects.get(pk=provider_account.pk)
        sealed = secrets.seal(
            business_id=account.business_id,
            public_id=account.public_id,
            secrets=Secrets(token="t", app_secrets=list(app_secrets), verify_token="v"),
        )
        ProviderAccount.objects.filter(pk=account.pk).update(secrets=sealed, version=account.version + 1)

    async def conversation(client: Client) -> list[list[int]]:
        path = f"/webhooks/{provider_account.public_id}"
        seen = []
        for known in ((), ("new-secret", SECRET), ("new-secret",)):
            if known:
                await asyncio.to_thread(now_known, *known)
                clock.move(accounts.FRESH_SECONDS + 1)
            replies = [
                await client("POST", path, body=b"{}", headers=signed(b"{}", s))
                for s in (SECRET, "new-secret")
            ]
            seen.append([reply.status for reply in replies])
        return seen

    assert talk(conversation, clock=clock) == [[200, 403], [200, 200], [403, 200]]


def test_the_former_secret_is_good_for_seven_days_or_until_it_is_ended(
    *, talk: Talk, provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> None:
    clock = VirtualClock(now)

    def change(**given: Any) -> None:
        change_secrets(account=provider_account, actor=owner_actor, now=clock.now(), **given)

    async def conversation(client: Client) -> list[list[int]]:
        seen = []

        async def look(*secrets_: str) -> None:
            clock.move(accounts.FRESH_SECONDS + 1)
            path = f"/webhooks/{provider_account.public_id}"
            replies = [await client("POST", path, body=b"{}", headers=signed(b"{}", s)) for s in secrets_]
            seen.append([reply.status for reply in replies])

        await asyncio.to_thread(change, app_secret="second")
        await look(SECRET, "second")
        clock.move(6.9 * 86_400)
        await asyncio.to_thread(change, token="another")
        await look(SECRET, "second")
        clock.move(0.1 * 86_400)
        await look(SECRET, "second")
        await asyncio.to_thread(change, app_secret="third")
        await look(SECRET, "second", "third")
        await asyncio.to_thread(change, end_former=True)
        await look(SECRET, "second", "third")
        return seen

    assert talk(conversation, clock=clock) == [
        [200, 200],
        [200, 200],
        [403, 200],
        [403, 200, 200],
        [403, 403, 200],
    ]
    assert RawWebhook.objects.count() == 8
