"""Providers that sign nothing: what stands behind the account in the address decides, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.providers import registry
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


CANARY = "CANARY-4711"
CARRIES = {
    "evolution": [
        {
            "event": "messages.upsert",
            "instance": "a",
            "data": {"text": 'Say "apikey": "x"'},
            "apikey": CANARY,
        },
        {
            "event": "messages.update",
            "instance": "a",
            "destination": f"https://x/webhooks/a/{CANARY}",
            "data": {},
        },
        {"event": "call", "instance": "a", "apikey": f'{CANARY}"\\', "data": {}},
        {
            "event": "qrcode.updated",
            "instance": "a",
            "data": {"qrcode": {"base64": CANARY}},
            "apikey": CANARY,
        },
        {"event": "QRCODE_UPDATED", "data": {"qrcode": {"code": CANARY, "pairingCode": CANARY}}},
    ],
    "wppconnect": [
        {"event": "qrcode", "session": "shop1", "qrcode": CANARY, "urlcode": CANARY},
        {"event": "phoneCode", "session": "shop1", "phoneCode": CANARY},
        {"event": "phoneCode", "phoneCode": CANARY},
    ],
}


@pytest.mark.parametrize("kind", sorted(CARRIES))
@pytest.mark.parametrize("spoilt", [False, True])
def test_no_secret_in_a_webhook_is_written_down(
    kind: str, spoilt: bool, talk: Talk, business: Business, owner_actor: Actor, now: datetime
) -> None:
    """Raw webhooks lie in the table for days, and their beginning in the list of those that could not be read."""
    account = _account(business, owner_actor, now, kind)
    (secret,) = open_(account).app_secrets
    whole = webhook_path(public_id=account.public_id, kind=kind, secret=secret)
    bodies = [json.dumps(one, indent=indent).encode() for one in CARRIES[kind] for indent in (None, 1)]
    bodies = [one[:-1] for one in bodies] if spoilt else bodies

    async def conversation(client: Client) -> list[Reply]:
        return [await client("POST", whole, body=body) for body in bodies]

    assert {reply.status for reply in talk(conversation)} == {200}
    stored = [bytes(row.body) for row in RawWebhook.objects.all()]
    assert len(stored) == len(bodies)
    assert not [one for one in stored if CANARY.encode() in one]
    if not spoilt:
        read = [json.loads(one) for one in stored]
        asked = [json.loads(one) for one in bodies]
        assert [one["event"].lower().replace("_", ".") for one in read] == [
            one["event"].lower().replace("_", ".") for one in asked
        ]
        assert [one.get("instance") for one in read] == [one.get("instance") for one in asked]


@pytest.mark.parametrize(
    "body",
    [
        b'{"event":"onmessage","session":"s","body":"\\"event\\":\\"qrcode\\" \\"apikey\\":\\"x\\""}',
        b'{"event":"onmessage","session":"s","content":{"event":"qrcode"}}',
        b'{"event":"messages.upsert","instance":"a","data":{"n":12345678901234567890123,"event":"qrcode.updated"}}',
        b"\xff no json",
        b"",
    ],
)
def test_all_else_is_stored_to_the_byte(body: bytes) -> None:
    for kind in CARRIES:
        strip = registry.storable(kind)
        assert strip is not None
        assert strip(body) == body
    assert registry.storable("cloud_api") is registry.storable("waha") is None
