"""Evolution API: its bearer token, its instance, its reasons for a closed connection."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from qafila.providers.evolution import Evolution, jwt
from qafila.providers.interface import Failure, OtherEvent, ProviderError
from qafila.providers.notices import LinkNotice
from tests.providers.conformance import ADDRESS, APP_SECRET, outgoing
from tests.providers.conformance.sides.evolution import INSTANCE, EvolutionSide, evolution_side, hook

CLAIMS = b'{"iat":1795251600,"exp":1795252200,"app":"evolution","action":"webhook"}'


@pytest.fixture
async def side() -> AsyncIterator[EvolutionSide]:
    async with evolution_side() as found:
        yield found


def _verified(header: str, *secrets: str) -> bool:
    return Evolution().verify(body=b"{}", headers={"authorization": header}, secrets=secrets)


def test_a_bearer_token_made_with_our_key_is_believed() -> None:
    header = jwt.make(CLAIMS, APP_SECRET)
    assert _verified(header, APP_SECRET)
    assert _verified(header, "new", APP_SECRET)
    assert not _verified(header, "another")
    assert not _verified(header)
    assert not _verified(jwt.make(CLAIMS, ""), "")
    for place, letter in enumerate(header[: header.rindex(".")]):
        forged = header[:place] + ("A" if letter != "A" else "B") + header[place + 1 :]
        assert not _verified(forged, APP_SECRET)


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256", None])
def test_only_the_one_algorithm_counts(algorithm: str | None) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
    claims = jwt.make(CLAIMS, APP_SECRET).removeprefix("Bearer ").split(".")[1]
    signed = hmac.digest(APP_SECRET.encode(), f"{head}.{claims}".encode(), "sha256")
    signature = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    assert not _verified(f"Bearer {head}.{claims}.{signature}", APP_SECRET)
    assert not _verified(f"Bearer {head}.{claims}.", APP_SECRET)
    assert not _verified("Bearer ..", APP_SECRET)


async def test_an_instance_is_made_with_our_webhook_and_linked(side: EvolutionSide) -> None:
    side.server.is_there = False
    url = "https://example.com/webhooks/x/secret"
    shown = await side.provider.start(side.credentials, webhook_url=url)
    assert (shown.state, shown.qr) == ("qr", "2@abc")
    webhook = side.server.created["webhook"]
    assert (webhook["url"], webhook["byEvents"]) == (url, False)
    assert webhook["headers"]["jwt_key"] == APP_SECRET
    assert "QRCODE_UPDATED" not in webhook["events"]
    assert (await side.provider.use_code(side.credentials, ADDRESS)).code == "ABCD-EFGH"
    side.server.state = "open"
    assert (await side.provider.start(side.credentials, webhook_url=url)).state == "connected"
    assert side.server.webhook["url"] == url
    await side.provider.log_out(side.credentials)


async def test_a_code_of_letters_needs_an_instance_that_begins_with_the_number(side: EvolutionSide) -> None:
    """One that waits for a scan has no letters; one that is not there is made with the number."""
    to = replace(side.credentials, webhook_url="https://example.com/webhooks/x/secret")
    side.server.state = "connecting"
    assert (await side.provider.use_code(to, ADDRESS)).code == "ABCD-EFGH"
    assert side.gateway.sent("/instance/logout") == 1
    assert side.server.webhook["url"] == to.webhook_url
    assert side.server.number == ADDRESS
    asked = side.gateway.sent("/instance/connect/")
    assert (await side.provider.pairing_state(to, code_given=True)).state == "code"
    assert side.gateway.sent("/instance/connect/") == asked, "asking for a QR code is one more try"
    side.server.state = "close"
    assert (await side.provider.pairing_state(to, code_given=True)).state == "starting"
    side.server.is_there = False
    assert (await side.provider.use_code(to, ADDRESS)).code == "ABCD-EFGH"
    assert side.server.created["number"] == ADDRESS
    side.server.state = "open"
    assert (await side.provider.use_code(to, ADDRESS)).state == "connected"


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ("open", 200, "connected"),
        ("close", 401, "logged_out"),
        ("close", 403, "banned"),
        ("close", 428, "disconnected"),
    ],
)
def test_the_connection_is_understood(state: str, reason: int, code: str) -> None:
    data = {"instance": INSTANCE, "state": state, "statusReason": reason}
    (event,) = Evolution().parse(hook("connection.update", data))
    assert isinstance(event, OtherEvent)
    assert event.notices == (LinkNotice(code, INSTANCE, detail=f"{state} {reason}"),)


def test_the_key_in_the_body_is_not_kept() -> None:
    from tests.providers.conformance import TOKEN

    raw = hook("messages.upsert", {"key": {"id": "A", "remoteJid": "1@g.us"}, "messageType": "x"})
    assert TOKEN.encode() in raw
    assert TOKEN not in repr(Evolution().parse(raw))
    assert TOKEN not in repr(Evolution().parse(raw[:-3]))


@pytest.mark.parametrize(
    "trouble",
    [
        "Error: Connection Closed",
        "PrismaClientKnownRequestError: Unique constraint failed",
        "TypeError: Cannot read properties of undefined (reading 'id')",
        "The property text is not good",
        "",
    ],
)
async def test_a_400_may_come_after_the_message_went_out(side: EvolutionSide, trouble: str) -> None:
    """It sends and works on within one try: whatever fails there is a 400, also what failed after the sending."""
    side.server.trouble = trouble or " "
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.UNKNOWN, "send_failed")


async def test_only_the_number_check_before_it_says_that_nothing_went_out(side: EvolutionSide) -> None:
    side.refuse(Failure.RECIPIENT)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.RECIPIENT, "not_on_whatsapp")


async def test_a_closed_connection_proves_nothing(side: EvolutionSide) -> None:
    side.refuse(Failure.UNKNOWN)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert caught.value.failure is Failure.UNKNOWN
