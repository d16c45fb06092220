"""Providers that sign nothing: what stands behind the account in the address decides, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.providers.http_gateway.setup import presets
from qafila.receiving.models import RawWebhook
from qafila.senders.actions import create_provider_account
from qafila.senders.models import ProviderAccount
from qafila.senders.outgoing import webhook_path
from qafila.senders.secrets import open_
from tests.intake.conftest import Client, Reply

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Any]
BODY = b'{"event":"onack","session":"shop1"}'


def _account(
    business: Business, actor: Actor, now: datetime, kind: str, config: Any = None
) -> ProviderAccount:
    return create_provider_account(
        business=business,
        kind=kind,
        name=kind,
        base_url="https://gateway.example.com",
        ref="",
        token="t",
        app_secret="",
        verify_token="v",
        config=config,
        actor=actor,
        now=now,
    )


@pytest.mark.parametrize("kind", ["wppconnect", "evolution", "http_gateway"])
def test_only_the_whole_address_lets_in(
    kind: str, talk: Talk, business: Business, owner_actor: Actor, now: datetime
) -> None:
    config = {"gateway": presets()["zentra"]} if kind == "http_gateway" else None
    account = _account(business, owner_actor, now, kind, config)
    (secret,) = open_(account).app_secrets
    whole = webhook_path(public_id=account.public_id, kind=kind, secret=secret)
    bare = f"/webhooks/{account.public_id}"
    wrong = [bare, f"{bare}/", f"{bare}/x", f"{whole}0", whole[:-1], f"{bare}/{'x' * 500}", f"{whole}/more"]
    named = [{":path-secret": secret}, {"path-secret": secret}, {"x-path-secret": secret}]

    async def conversation(client: Client) -> list[Reply]:
        refused = [await client("POST", path, body=BODY) for path in wrong]
        refused += [await client("POST", bare, body=BODY, headers=headers) for headers in named]
        return [*refused, await client("POST", whole, body=BODY)]

    *refused, taken = talk(conversation)
    assert {reply.status for reply in refused} == {403}
    assert taken.status == 200
    assert [bytes(row.body) for row in RawWebhook.objects.all()] == [BODY]


def test_a_secret_in_the_address_does_not_stand_for_a_signature(
    talk: Talk, provider_account: ProviderAccount
) -> None:
    async def conversation(client: Client) -> Reply:
        return await client("POST", f"/webhooks/{provider_account.public_id}/test-app-secret", body=BODY)

    assert talk(conversation).status == 404


def test_a_gateway_that_signs_is_believed_by_its_signature(
    talk: Talk, business: Business, owner_actor: Actor, now: datetime
) -> None:
    import hmac

    setup = presets()["zentra"]
    setup["webhook"]["signature"] = {"header": "X-Sig", "algorithm": "sha512"}
    account = _account(business, owner_actor, now, "http_gateway", {"gateway": setup})
    (secret,) = open_(account).app_secrets
    right = hmac.digest(secret.encode(), BODY, "sha512").hex()

    async def conversation(client: Client) -> list[int]:
        bare = f"/webhooks/{account.public_id}"
        replies = [
            await client("POST", bare, body=BODY, headers={"X-Sig": right}),
            await client("POST", f"{bare}/{secret}", body=BODY),
            await client("POST", bare, body=BODY + b" ", headers={"X-Sig": right}),
        ]
        return [reply.status for reply in replies]

    assert talk(conversation) == [200, 403, 403]
