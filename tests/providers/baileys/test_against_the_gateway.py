"""The adapter against the running gateway, with the real library and a mock of WhatsApp's server underneath."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chaos.gateway_process import TOKEN, GatewayHouse, why_not
from qafila.providers import doors
from qafila.providers.baileys import Baileys
from qafila.providers.contents import Text
from qafila.providers.interface import Credentials, Event, Failure, InboundEvent, Outgoing, ProviderError
from qafila.providers.management import Pairing

pytestmark = [pytest.mark.gateway, pytest.mark.skipif(bool(why_not()), reason=why_not())]

SECRET = "secret-of-the-webhooks"
PERSON = "15550002222"
PATIENCE_SECONDS = 30.0


class Hook:
    """Takes the gateway's webhooks as intake would: only what verifies."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.refused = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                provider = Baileys()
                if provider.verify(body=body, headers=dict(self.headers), secrets=[SECRET]):
                    hook.events += provider.parse(body)
                    self.send_response(200)
                else:
                    hook.refused += 1
                    self.send_response(403)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhooks/x"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHouse]:
    with GatewayHouse(tmp_path_factory.mktemp("gateway")) as found:
        yield found


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    found = Hook()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
async def provider() -> AsyncIterator[Baileys]:
    yield Baileys()
    await doors.close_all()


@pytest.fixture
async def main(house: GatewayHouse, hook: Hook, provider: Baileys) -> Credentials:
    """A session that is open."""
    if not house.alive:
        house.start()
    credentials = Credentials(
        base_url=house.url,
        token=TOKEN,
        sender_ref="main",
        app_secret=SECRET,
        allowed_networks=("127.0.0.0/8",),
        webhook_url=hook.url,
    )
    await provider.start(credentials, webhook_url=hook.url)

    async def is_open() -> bool:
        return (await provider.pairing_state(credentials)).state == "connected"

    await until(is_open)
    return credentials


async def until(done: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := await done()):
            await asyncio.sleep(0.02)
        return found


def message(attempt_id: str, text: str = "Hello") -> Outgoing:
    return Outgoing(to=PERSON, content=Text(text), attempt_id=attempt_id)


def test_it_links_phones() -> None:
    assert isinstance(Baileys(), Pairing)


async def test_a_message_arrives_once_however_often_it_is_sent(
    house: GatewayHouse, provider: Baileys, main: Credentials
) -> None:
    sent = [await provider.send(main, message("q.k.1.1")) for _ in range(3)]
    assert len({one.provider_id for one in sent}) == 1
    assert house.sent()[sent[0].provider_id] == 1
    began = datetime.now(UTC)
    became = await provider.outcome(main, "q.k.1.1", began_at=began)
    assert (became.fate, became.provider_id) == ("sent", sent[0].provider_id)


async def test_typing_reading_and_what_a_person_writes(
    house: GatewayHouse, hook: Hook, provider: Baileys, main: Credentials
) -> None:
    await provider.typing(main, PERSON)
    house.say("Good morning", phone=PERSON)

    async def heard() -> InboundEvent | None:
        return next((one for one in hook.events if isinstance(one, InboundEvent)), None)

    event = await until(heard)
    assert (event.address, event.kind, event.text, event.name) == (PERSON, "text", "Good morning", "Amira")
    await provider.read(main, event.provider_id)
    assert hook.refused == 0


async def test_what_never_came_can_never_go_out_again(
    house: GatewayHouse, provider: Baileys, main: Credentials
) -> None:
    early = datetime.now(UTC) - timedelta(hours=1)
    assert (await provider.outcome(main, "q.k.2.1", began_at=early)).fate == "unknown"
    later = datetime.now(UTC) + timedelta(
        minutes=10
    )  # as if the journal were older than the clocks may differ
    assert (await provider.outcome(main, "q.k.2.1", began_at=later)).fate == "not_sent"
    with pytest.raises(ProviderError) as caught:
        await provider.send(main, message("q.k.2.1"))
    assert (caught.value.failure, caught.value.code) == (Failure.TEMPORARY, "id_closed")


async def test_killed_in_mid_work_the_adapter_tells_the_truth(
    house: GatewayHouse, provider: Baileys, main: Credentials
) -> None:
    ids = [f"q.k.3.{n}" for n in range(1, 41)]
    sending = [asyncio.create_task(provider.send(main, message(one))) for one in ids]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    house.kill()
    said = await asyncio.gather(*sending, return_exceptions=True)
    lost = [one for one in said if isinstance(one, ProviderError)]
    assert {one.failure for one in lost} <= {Failure.UNKNOWN, Failure.TEMPORARY}
    house.start()
    fates = {}
    arrived = house.sent()
    for attempt_id, answer in zip(ids, said, strict=True):
        began = datetime.now(UTC)
        became = await provider.outcome(main, attempt_id, began_at=began)
        fates[attempt_id] = became.fate
        if not isinstance(answer, BaseException):
            assert became.fate == "sent"
        if became.fate == "sent":
            assert arrived[became.provider_id] == 1
    assert set(fates.values()) <= {"sent", "unknown", "not_sent"}
    assert max(house.sent().values()) == 1


async def test_the_way_to_the_gateway_is_told_from_the_session(
    house: GatewayHouse, provider: Baileys, main: Credentials
) -> None:
    cases = {
        "unauthorized": (replace(main, token="wrong"), Failure.ACCOUNT),
        "session_unknown": (replace(main, sender_ref="nobody"), Failure.SENDER),
        "bad_reference": (replace(main, sender_ref=""), Failure.SENDER),
    }
    for code, (credentials, failure) in cases.items():
        with pytest.raises(ProviderError) as caught:
            await provider.send(credentials, message("q.k.4.1"))
        assert (caught.value.code, caught.value.failure) == (code, failure)
    assert (await provider.pairing_state(replace(main, sender_ref="nobody"))).state == "closed"
    status = await provider.status(main)
    assert (status.can_send, status.state) in {(True, "open"), (False, "connecting")}


async def test_logging_out_ends_it(provider: Baileys, main: Credentials) -> None:
    await provider.log_out(main)
    assert (await provider.pairing_state(main)).state == "closed"
    with pytest.raises(ProviderError) as caught:
        await provider.send(main, message("q.k.5.1"))
    assert (caught.value.failure, caught.value.code) == (Failure.SENDER, "logged_out")
    await provider.log_out(replace(main, sender_ref="nobody"))
