"""The traps of a WPPConnect server, as they were observed (2.10.4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from qafila.providers import own_ids, registry
from qafila.providers.interface import (
    UNTIMED,
    EchoEvent,
    Failure,
    InboundEvent,
    OtherEvent,
    ProviderError,
    Receipt,
    StatusEvent,
)
from qafila.providers.notices import LinkNotice
from qafila.providers.wppconnect import webhooks
from tests.kit.raw_server import Received
from tests.providers.conformance import ADDRESS, TOKEN, Accident, everything_said, outgoing
from tests.providers.conformance.fake import asked, said
from tests.providers.conformance.sides.wppconnect import (
    ATTEMPTS,
    SESSION,
    WppConnectSide,
    ack,
    message,
    wppconnect_side,
)


@pytest.fixture
async def side() -> AsyncIterator[WppConnectSide]:
    async with wppconnect_side() as found:
        yield found


async def failure_of(side: WppConnectSide) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing(ATTEMPTS[0]))
    return caught.value


async def test_not_there_is_believed_only_when_asked_alone(side: WppConnectSide) -> None:
    """The server answers 400 and its handler runs on: alone that proves nothing."""
    side.server.exists = False
    assert (await failure_of(side)).failure is Failure.RECIPIENT
    real = side.gateway.reply

    def contradicts(received: Received) -> bytes:
        side.server.exists = "/check-number-status/" in received.path
        return real(received)

    side.gateway.reply = contradicts
    assert (await failure_of(side)).failure is Failure.UNKNOWN


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("CLOSED", Failure.SENDER),
        ("INITIALIZING", Failure.SENDER),
        ("QRCODE", Failure.SENDER),
        ("CONNECTED", Failure.UNKNOWN),
    ],
)
async def test_disconnected_proves_nothing_where_a_phone_is_linked(
    side: WppConnectSide, state: str, expected: Failure
) -> None:
    real = side.gateway.reply

    def breaks(received: Received) -> bytes:
        side.server.state = "CLOSED" if "/send-message" in received.path else state
        return real(received)

    side.gateway.reply = breaks
    assert (await failure_of(side)).failure is expected


async def test_a_browser_that_is_gone_is_seen_behind_the_word_connected(side: WppConnectSide) -> None:
    """The server goes on saying CONNECTED: each message would become uncertain, and nobody would hear of it."""
    assert (await side.provider.status(side.credentials)).can_send is True
    side.server.has_browser = False
    found = await side.provider.status(side.credentials)
    assert (found.can_send, found.state) == (False, "disconnected")
    assert [(one.code, one.ref) for one in found.notices] == [("disconnected", SESSION)]
    error = await failure_of(side)
    assert (error.failure, error.code) == (Failure.SENDER, "disconnected")
    again = await side.provider.start(side.credentials, webhook_url="")
    assert again.state == "starting", "it is closed and begun anew, with the keys that it has"
    assert (side.gateway.sent("/close-session"), side.gateway.sent("/logout-session")) == (1, 0)


async def test_an_id_of_ours_goes_out_only_where_the_account_says_so(side: WppConnectSide) -> None:
    """Nobody has seen what WhatsApp makes of it: a server that refuses such ids would make every message uncertain."""
    plain = replace(side.credentials, config={})
    await side.provider.send(plain, outgoing(ATTEMPTS[0]))
    await side.provider.send(side.credentials, outgoing(ATTEMPTS[0]))
    sent = [asked(one) for one in side.gateway.server.received if "/send-message" in one.path]
    assert ["messageId" in one["options"] for one in sent] == [False, True]
    assert registry.KINDS["wppconnect"].fields[-1].default == "false"


async def test_an_attempt_without_a_code_is_closed_and_unlinks_nothing(side: WppConnectSide) -> None:
    """Stuck without a code, a phone may be linked to it: its keys stay."""
    for state, closed in (("CONNECTED", 0), ("QRCODE", 0), ("INITIALIZING", 1), ("PHONECODE", 2)):
        side.server.state = state
        await side.provider.abandon(side.credentials, code_shown=False)
        assert (side.gateway.sent("/close-session"), side.gateway.sent("/logout-session")) == (closed, 0)
    side.server.state = "QRCODE"
    await side.provider.abandon(side.credentials, code_shown=True)
    assert side.gateway.sent("/logout-session") == 1


async def test_a_refused_token_is_made_anew_once(side: WppConnectSide) -> None:
    await side.provider.send(side.credentials, outgoing(ATTEMPTS[0]))
    side.server.token_is_good = False
    made = side.gateway.sent("/generate-token")
    assert (await failure_of(side)).code == "token_refused"
    assert side.gateway.sent("/generate-token") == made + 1
    side.server.token_is_good = True
    assert (await side.provider.send(side.credentials, outgoing(ATTEMPTS[1]))).provider_id


async def test_many_messages_at_once_need_one_token(side: WppConnectSide) -> None:
    attempts = [f"q.0123456789.{number}.1" for number in range(1, 9)]
    await asyncio.gather(*(side.provider.send(side.credentials, outgoing(one)) for one in attempts))
    assert side.gateway.sent("/generate-token") == 1


async def test_a_wrong_secret_key_stops_the_account_and_is_not_told(side: WppConnectSide) -> None:
    side.server.secret_key_is_right = False
    error = await failure_of(side)
    assert (error.failure, error.code) == (Failure.ACCOUNT, "secret_key_wrong")
    assert TOKEN not in everything_said(error, "")


async def test_a_token_made_elsewhere_is_used_as_it_is(side: WppConnectSide) -> None:
    to = replace(side.credentials, token="$2b$10$abcdefghijklmnopqrstuv")
    assert (await side.provider.send(to, outgoing(ATTEMPTS[0]))).provider_id
    assert side.gateway.sent("/generate-token") == 0


async def test_our_id_goes_out_and_comes_back_in_the_receipt(side: WppConnectSide) -> None:
    accepted = await side.provider.send(side.credentials, outgoing(ATTEMPTS[0]))
    assert accepted.provider_id == own_ids.message_id(ATTEMPTS[0])
    (receipt,) = side.provider.parse(ack(ATTEMPTS[0], 3))
    assert isinstance(receipt, StatusEvent)
    assert (receipt.provider_id, receipt.attempt_id) == (accepted.provider_id, ATTEMPTS[0])
    assert (receipt.receipt, receipt.at) == (Receipt.READ, UNTIMED)


async def test_linking_begins_without_waiting_and_says_each_step(side: WppConnectSide) -> None:
    side.server.state = "CLOSED"
    first = await side.provider.start(side.credentials, webhook_url="https://example.com/webhooks/x/y")
    assert first.state == "starting"
    assert side.server.started["webhook"] == "https://example.com/webhooks/x/y"
    seen = []
    for state in ("INITIALIZING", "QRCODE", "CONNECTED", "CLOSED"):
        side.server.state = state
        seen.append(await side.provider.pairing_state(side.credentials))
    assert [one.state for one in seen] == ["starting", "qr", "connected", "closed"]
    assert seen[1].qr == "2@abc"
    assert seen[1].qr_png == b"\x89PNG\r\n\x1a\n"
    await side.provider.log_out(side.credentials)


async def test_a_session_that_was_closed_before_lets_nobody_wait_for_letters(side: WppConnectSide) -> None:
    side.server.state = "QRCODE"
    found = await side.provider.use_code(side.credentials, ADDRESS)
    assert (found.state, found.code) == ("starting", "")
    assert (await side.provider.pairing_state(side.credentials)).state == "code", "one was made for nobody"


async def test_a_code_of_letters_comes_only_to_who_waits_for_it(side: WppConnectSide) -> None:
    side.server.state = "CLOSED"
    to = replace(side.credentials, webhook_url="https://example.com/webhooks/x/y")
    found = await side.provider.use_code(to, ADDRESS)
    assert (found.state, found.code) == ("code", "ABCD-EFGH")
    started = side.server.started
    assert (started["phone"], started["webhook"], started["waitQrCode"]) == (ADDRESS, to.webhook_url, True)
    assert side.gateway.sent("/close-session") == 1
    later = await side.provider.pairing_state(to)
    assert (later.state, later.code) == ("code", ""), "its state does not say it again"


async def test_a_server_that_never_answers_is_waited_for_in_our_own_time(side: WppConnectSide) -> None:
    """Without a way to WhatsApp Web ``start-session`` stays silent where it was asked to wait."""
    await side.provider.status(side.credentials)
    side.gateway.spared = ("/generate-token", "/close-session", "/status-session")
    side.gateway.accident = Accident.SILENT
    assert (await side.provider.use_code(side.credentials, ADDRESS)).state == "starting"
    side.gateway.accident = Accident.RESET
    with pytest.raises(ProviderError):
        await side.provider.use_code(side.credentials, ADDRESS)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("TOS_BLOCK", "banned"),
        ("SMB_TOS_BLOCK", "banned"),
        ("desconnectedMobile", "logged_out"),
        ("inChat", "connected"),
        ("browserClose", "disconnected"),
    ],
)
def test_the_servers_words_for_the_link_are_understood(status: str, code: str) -> None:
    raw = json.dumps({"event": "status-find", "session": SESSION, "status": status}).encode()
    (event,) = webhooks.parse(raw)
    assert isinstance(event, OtherEvent)
    assert event.notices == (LinkNotice(code, SESSION, detail=status),)


def test_a_code_is_never_kept() -> None:
    raw = {"event": "qrcode", "session": SESSION, "qrcode": "iVBORw0", "urlcode": "2@secret"}
    (event,) = webhooks.parse(json.dumps(raw).encode())
    assert isinstance(event, OtherEvent)
    assert not event.payload


def test_groups_are_nobody_and_people_without_a_number_have_their_other_name() -> None:
    (group,) = webhooks.parse(message("Hello", **{"from": "120363@g.us", "isGroupMsg": True}))
    assert isinstance(group, OtherEvent)
    own = {"id": "false_987654321@lid_3EB0AA", "from": "987654321@lid", "sender": {}}
    (person,) = webhooks.parse(message("Hello", **own))
    assert isinstance(person, InboundEvent)
    assert (person.address, person.aliases) == ("", {"lid": "987654321"})
    assert person.provider_id == "false_987654321@lid_3EB0AA"


def test_a_picture_is_no_text_and_is_not_kept_twice() -> None:
    (event,) = webhooks.parse(message("/9j/4AAQ", type="image", caption="Look", mimetype="image/jpeg"))
    assert isinstance(event, InboundEvent)
    assert (event.kind, event.text) == ("image", "Look")
    assert "body" not in event.payload


def test_what_was_written_on_the_phone_is_an_echo_and_what_we_sent_is_not() -> None:
    def own(id_: str) -> bytes:
        found = json.loads(message("Hi", to=f"{ADDRESS}@c.us", **{"from": "5511@c.us"}))
        return json.dumps({**found, "event": "onselfmessage", "id": f"true_{ADDRESS}@c.us_{id_}"}).encode()

    (written,) = webhooks.parse(own("3EB0AA"))
    assert isinstance(written, EchoEvent)
    assert written.address == ADDRESS
    (ours,) = webhooks.parse(own(own_ids.message_id(ATTEMPTS[0])))
    assert isinstance(ours, OtherEvent)


async def test_an_answer_in_another_shape_is_no_state(side: WppConnectSide) -> None:
    side.gateway.reply = lambda _: said(200, {"status": "CONNECTED"})
    with pytest.raises(ProviderError):
        await side.provider.status(replace(side.credentials, token="$2b$x"))
