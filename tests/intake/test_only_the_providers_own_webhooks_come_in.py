"""Promises 20 and 21: the signature decides over the raw bytes, bodies have bounds, and nothing odd makes a 5xx."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
import pytest

from chaos import malformed
from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.intake import accounts, bodies
from qafila.intake.bodies import MOST_BYTES
from qafila.providers.signatures import sign
from qafila.receiving.models import RawWebhook
from qafila.senders.actions import create_provider_account
from qafila.senders.models import ProviderAccount
from tests.intake.conftest import Client, Reply

pytestmark = pytest.mark.django_db(transaction=True)

Talk = Callable[..., Any]
SECRET = "test-app-secret"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": sign(body, secret)}


@pytest.fixture
def other_account(other_business: Business, stranger_actor: Actor, now: datetime) -> ProviderAccount:
    return create_provider_account(
        business=other_business,
        kind="cloud_api",
        name="Theirs",
        base_url="http://127.0.0.1:9",
        ref="1",
        token="t",
        app_secret="their-secret",
        verify_token="v",
        allow_private_network=True,
        actor=stranger_actor,
        now=now,
    )


def test_wrong_signatures_store_nothing_and_are_told_of(
    talk: Talk, provider_account: ProviderAccount
) -> None:
    body = b'{"object":"whatsapp_business_account"}'
    right = signed(body)["X-Hub-Signature-256"]
    wrong: list[dict[str, str]] = [{}, signed(body, "other secret"), signed(b"{}"), signed(body, "")]
    wrong += [
        {"X-Hub-Signature-256": value}
        for value in ("", "sha256=", right[7:], right.upper(), "sha1=" + right[7:])
    ]
    wrong += [
        {"X-Hub-Signature-256": right[:place] + ("0" if right[place] != "0" else "1") + right[place + 1 :]}
        for place in range(7, len(right))
    ]

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        replies = [await client("POST", path, body=body, headers=headers) for headers in wrong]
        for place in range(len(body) * 8):
            flipped = bytearray(body)
            flipped[place // 8] ^= 1 << place % 8
            replies.append(
                await client("POST", path, body=bytes(flipped), headers={"X-Hub-Signature-256": right})
            )
        return replies

    replies = talk(conversation)
    assert {reply.status for reply in replies} == {403}
    assert not RawWebhook.objects.exists()
    alert = Alert.objects.get()
    assert (alert.code, alert.params) == ("webhooks_refused", {"count": len(replies)})


def test_a_flipped_bit_or_the_secret_of_another_business_opens_nothing(
    talk: Talk,
    provider_account: ProviderAccount,
    other_account: ProviderAccount,
) -> None:
    rng = random.Random(21)
    body = orjson.dumps(malformed.receipt("200000000000001", 1))
    right = sign(body, SECRET)

    async def conversation(client: Client) -> list[int]:
        path = f"/webhooks/{provider_account.public_id}"
        sent = [malformed.flipped(rng, body, right) for _ in range(1_000)]
        sent += [(body, sign(body, "their-secret")), (body, sign(body, ""))]
        replies = [
            await client("POST", path, body=b, headers={"X-Hub-Signature-256": signature})
            for b, signature in sent
        ]
        replies.append(
            await client("POST", f"/webhooks/{other_account.public_id}", body=body, headers=signed(body))
        )
        return [reply.status for reply in replies]

    assert set(talk(conversation)) == {403}
    assert not RawWebhook.objects.exists()


def test_a_flood_of_guessed_addresses_is_asked_about_in_few_questions(
    talk: Talk, provider_account: ProviderAccount
) -> None:
    async def conversation(client: Client) -> tuple[list[int], int]:
        book, questions = client.app._book, []
        ask = book._query

        async def counted(asked: list[uuid.UUID]) -> Any:
            questions.append(len(asked))
            return await ask(asked)

        book._query = counted  # type: ignore[method-assign]
        paths = [f"/webhooks/{uuid.uuid4()}" for _ in range(1_500)]
        paths.append(f"/webhooks/{provider_account.public_id}")
        replies = await asyncio.gather(
            *(client("POST", path, body=b"{}", headers=signed(b"{}")) for path in paths)
        )
        assert sum(questions) == len(paths)
        return [reply.status for reply in replies], len(questions)

    statuses, questions = talk(conversation)
    assert (statuses.count(404), statuses.count(200)) == (1_500, 1)
    assert questions <= 10


def test_metas_check_of_the_address(talk: Talk, provider_account: ProviderAccount) -> None:
    token = "hub.verify_token=test-verify-token"
    queries = {
        f"hub.mode=subscribe&hub.challenge=1158201444&{token}": (200, b"1158201444"),
        f"hub.mode=subscribe&hub.challenge=a%20b%3Cc%3E&{token}": (200, b"a b<c>"),
        f"hub.mode=unsubscribe&hub.challenge=1&{token}": (403, None),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong": (403, None),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=": (403, None),
        "hub.mode=subscribe&hub.challenge=1": (403, None),
        "hub.verify_token=%FF%00&hub.mode=subscribe": (403, None),
        f"hub.mode=subscribe&{token}&hub.challenge=" + "x" * 5_000: (403, None),
        "&".join(f"a{n}=1" for n in range(100)): (403, None),
        "": (403, None),
    }

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        return [await client("GET", path, query=query) for query in queries]

    for (status, body), reply in zip(queries.values(), talk(conversation), strict=True):
        assert reply.status == status
        assert b"test-verify-token" not in reply.body
        if body is None:
            assert orjson.loads(reply.body)["error"]["code"] == "wrong_verify_token"
        else:
            assert reply.body == body
            assert reply.headers["content-type"].startswith("text/plain")
            assert reply.headers["x-content-type-options"] == "nosniff"


def test_an_account_without_secrets_takes_nothing(talk: Talk, provider_account: ProviderAccount) -> None:
    ProviderAccount.objects.update(secrets="")

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token="
        return [
            await client("GET", path, query=query),
            await client("POST", path, body=b"{}", headers=signed(b"{}", "")),
        ]

    assert [reply.status for reply in talk(conversation)] == [403, 403]


def test_other_addresses_and_methods(talk: Talk, provider_account: ProviderAccount) -> None:
    known = f"/webhooks/{provider_account.public_id}"
    asked = {
        ("POST", f"/webhooks/{uuid.uuid4()}"): 404,
        ("POST", "/webhooks/"): 404,
        ("POST", "/webhooks/1"): 404,
        ("POST", "/webhooks/" + "é" * 40): 404,
        ("POST", known + "/more"): 404,
        ("GET", "/webhooks/../admin"): 404,
        ("PUT", known): 405,
        ("HEAD", known): 405,
        ("POST", "/webhooks"): 299,
        ("GET", "/"): 299,
    }

    async def conversation(client: Client) -> list[Reply]:
        return [await client(method, path, body=b"{}") for method, path in asked]

    assert [reply.status for reply in talk(conversation)] == list(asked.values())


def test_unknown_addresses_are_asked_for_once_and_push_nothing_out(
    talk: Talk, provider_account: ProviderAccount
) -> None:
    async def conversation(client: Client) -> tuple[int, int, int]:
        client.app._book.unknown = accounts.Recent(100)
        await client("POST", f"/webhooks/{provider_account.public_id}", body=b"{}", headers=signed(b"{}"))
        for _ in range(150):
            await client("POST", f"/webhooks/{uuid.uuid4()}", body=b"{}")
        book = client.app._book
        await book._disconnect()
        book._dsn = lambda: "host=/nowhere dbname=x"
        same = await client(
            "POST", f"/webhooks/{provider_account.public_id}", body=b"{}", headers=signed(b"{}")
        )
        return len(book.unknown), len(book.known), same.status

    assert talk(conversation) == (100, 1, 200)


def test_bodies_have_bounds_of_size_time_and_sum(talk: Talk, provider_account: ProviderAccount) -> None:
    path = f"/webhooks/{provider_account.public_id}"
    large = b"x" * MOST_BYTES

    async def conversation(client: Client) -> list[int]:
        replies = [
            await client("POST", path, body=large, headers=signed(large)),
            await client("POST", path, body=[large, b"x"], headers=signed(large + b"x")),
            await client(
                "POST", path, body=b"", headers={**signed(b""), "Content-Length": str(MOST_BYTES + 1)}
            ),
            await client("POST", path, body=[b"{", b"}"], headers=signed(b"{}")),
            await client("POST", path, body=b"{", headers=signed(b"{"), stays=True),
            await client("POST", path, body=[], headers=signed(b"")),
        ]
        most = [large[: MOST_BYTES - 10]]
        slow = asyncio.create_task(client("POST", path, body=most, headers=signed(large), stays=True))
        while client.app._hold.held == 0:
            await asyncio.sleep(0)
        replies.append(await client("POST", path, body=large, headers=signed(large)))
        replies += [await slow, await client("POST", path, body=large, headers=signed(large))]
        assert client.app._hold.held == 0
        return [reply.status for reply in replies]

    statuses = talk(conversation, body_seconds=0.3, most_bytes_held=2 * MOST_BYTES + 1)
    assert statuses == [200, 413, 413, 200, 408, 0, 503, 408, 200]
    alert = Alert.objects.get()
    assert (alert.code, alert.business_id, alert.params) == ("webhooks_turned_away", None, {"count": 1})


@pytest.mark.parametrize("said", [{}, {"content-length": str(5 * 1024 * 1024)}])
def test_a_body_that_is_too_large_is_read_to_its_end_and_not_kept(said: dict[str, str]) -> None:
    """Its sender is still writing: who answers and closes at once is read as a broken connection."""
    parts = [b"x" * 65_536] * 80
    hold = bodies.Hold()
    most = 0

    async def receive() -> dict[str, Any]:
        nonlocal most
        most = max(most, hold.held)
        return {"type": "http.request", "body": parts.pop(), "more_body": bool(parts)}

    async def read() -> int:
        with hold.share(1) as share:
            try:
                await bodies.read(receive, said, share)
            except bodies.Refused as refused:
                assert hold.held == 0
                return refused.answer.status
        return 200

    assert asyncio.run(read()) == 413
    assert parts == []
    assert most <= MOST_BYTES


FORMS = {
    "cloud_api": ("X-Hub-Signature-256", "sha256=" + 64 * "0"),
    "memory": ("X-Memory-Signature-256", "sha256=" + 64 * "0"),
    "waha": ("X-Webhook-Hmac", 128 * "0"),
    "baileys": ("Webhook-Signature", "v1," + 43 * "A" + "="),
}


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_what_cannot_be_signed_is_refused_before_its_body_is_read(
    talk: Talk, provider_account: ProviderAccount, kind: str
) -> None:
    ProviderAccount.objects.update(kind=kind)
    name, form = FORMS[kind]
    shapes = ["", form[:-1], form + "0", form[1:], " " + form, "é" + form[1:], "sha1=" + form]
    headers = [{}, {"Authorization": form}, *({name: shape} for shape in shapes)]

    async def conversation(client: Client) -> tuple[list[Reply], int]:
        path = f"/webhooks/{provider_account.public_id}"
        refused = [await client("POST", path, body=b"{", headers=one, stays=True) for one in headers]
        endless = {"Transfer-Encoding": "chunked"}
        refused.append(await client("POST", path, body=b"{", headers=endless, stays=True))
        read = client.reads
        wrong = await client("POST", path, body=b"{}", headers={name: form})
        assert (wrong.status, client.reads) == (403, read + 1)
        return refused, read

    replies, read = talk(conversation)
    assert {reply.status for reply in replies} == {403}
    assert all(b"wrong_signature" in reply.body for reply in replies)
    assert read == 0
    assert replies[-1].headers["connection"] == "close"
    assert (Alert.objects.get().code, Alert.objects.get().params) == (
        "webhooks_refused",
        {"count": len(replies) + 1},
    )


def test_whoever_dawdles_at_one_address_leaves_room_at_the_others(
    talk: Talk, provider_account: ProviderAccount, other_account: ProviderAccount
) -> None:
    """The form of a signature is easily made up: thirty bodies that never end fill half of the room, not all of it."""
    part = b"x" * 65_536

    async def conversation(client: Client) -> tuple[list[int], int, list[int]]:
        path = f"/webhooks/{provider_account.public_id}"
        posts = [
            asyncio.create_task(client("POST", path, body=[part], headers=signed(b"made up"), stays=True))
            for _ in range(30)
        ]
        while client.dawdling + sum(post.done() for post in posts) < len(posts):
            await asyncio.sleep(0)
        dawdling = client.dawdling
        theirs = [
            await client("POST", f"/webhooks/{other_account.public_id}", body=body, headers=headers)
            for body in (b"{}", part)
            for headers in (signed(body, "their-secret"),)
        ]
        assert sum(not post.done() for post in posts) == dawdling, "they still hang"
        for post in posts:
            post.cancel()
        await asyncio.gather(*posts, return_exceptions=True)
        assert (client.app._hold.held, client.app._hold._of) == (0, {})
        return (
            [reply.status for reply in theirs],
            dawdling,
            [p.result().status for p in posts if not p.cancelled()],
        )

    theirs, dawdling, refused = talk(conversation, most_bytes_held=16 * len(part))
    assert theirs == [200, 200]
    assert dawdling == 8
    assert refused == [503] * 22
    alert = Alert.objects.get()
    assert (alert.code, alert.params) == ("webhooks_turned_away", {"count": 22})


def test_one_account_leaves_places_among_those_that_wait(
    talk: Talk, provider_account: ProviderAccount, other_account: ProviderAccount
) -> None:
    async def conversation(client: Client) -> tuple[list[int], list[int]]:
        ours, theirs = (f"/webhooks/{one.public_id}" for one in (provider_account, other_account))
        their_headers = signed(b"{}", "their-secret")
        for path, headers in ((ours, signed(b"{}")), (theirs, their_headers)):
            assert (await client("POST", path, body=b"{}", headers=headers)).status == 200
        client.app._store._most_waiting = 30
        many = [client("POST", ours, body=b"{}", headers=signed(b"{}")) for _ in range(100)]
        few = [client("POST", theirs, body=b"{}", headers=their_headers) for _ in range(5)]
        replies = [reply.status for reply in await asyncio.gather(*many, *few)]
        assert not +client.app._store._of
        return replies[:100], replies[100:]

    ours, theirs = talk(conversation)
    assert ours.count(200) == 15
    assert theirs == [200] * 5


def test_garbage_with_a_right_signature_is_stored_as_it_is(
    talk: Talk, provider_account: ProviderAccount
) -> None:
    bodies = [b"", b"\x00", b"\xff" * 50, b"[" * 10_000, "\ud800".encode("utf-8", "surrogatepass"), b"null"]

    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        return [await client("POST", path, body=body, headers=signed(body)) for body in bodies]

    assert {reply.status for reply in talk(conversation)} == {200}
    assert sorted(bytes(row.body) for row in RawWebhook.objects.all()) == sorted(bodies)


def test_more_than_may_wait_is_asked_to_come_again(talk: Talk, provider_account: ProviderAccount) -> None:
    async def conversation(client: Client) -> list[Reply]:
        path = f"/webhooks/{provider_account.public_id}"
        await client("POST", path, body=b"{}", headers=signed(b"{}"))
        client.app._store._most_waiting = 30
        return list(
            await asyncio.gather(
                *(client("POST", path, body=b"{}", headers=signed(b"{}")) for _ in range(100))
            )
        )

    replies = talk(conversation)
    statuses = [reply.status for reply in replies]
    assert set(statuses) == {200, 503}
    assert RawWebhook.objects.count() == 1 + statuses.count(200)
    assert all(reply.headers["retry-after"] for reply in replies if reply.status == 503)
    alert = Alert.objects.get()
    assert (alert.code, alert.business_id) == ("webhooks_turned_away", None)
    assert alert.params == {"count": statuses.count(503)}


def test_a_process_that_ends_is_no_alert(talk: Talk, provider_account: ProviderAccount) -> None:
    async def conversation(client: Client) -> int:
        path = f"/webhooks/{provider_account.public_id}"
        await client.app._store.close()
        return (await client("POST", path, body=b"{}", headers=signed(b"{}"))).status

    assert talk(conversation) == 503
    assert not Alert.objects.exists()
