"""Provider base addresses go through the guarded door (promise 53): nothing is sent into networks that nobody opened."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from qafila.providers import doors, registry
from qafila.providers.http_gateway.setup import presets
from qafila.providers.interface import Credentials, Failure, ProviderError
from tests.kit.raw_server import OK, Connection, RawServer
from tests.providers.conformance import ADDRESS, outgoing

KINDS = sorted(kind for kind, one in registry.KINDS.items() if one.fields)
GATEWAY = {**presets()["zentra"], "draft": False, "check": None}
NAMES = {
    "loopback": "127.0.0.1",
    "this machine": "localhost",
    "mapped": "[::ffff:127.0.0.1]",
    "another loopback": "127.1.2.3",
    "decimal": "2130706433",
    "metadata": "169.254.169.254",
    "private": "10.0.0.1",
}


def _to(url: str, *networks: str) -> Credentials:
    return Credentials(
        base_url=url,
        token="$2b$10$made",
        sender_ref="106540352242922",
        account_ref="102290129340398",
        config={"gateway": GATEWAY},
        allowed_networks=networks,
    )


def _calls(provider: Any) -> list[Callable[[Credentials], Any]]:
    return [
        lambda to: provider.send(to, outgoing()),
        provider.status,
        lambda to: provider.typing(to, ADDRESS, reply_to="wamid.IN1"),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_sent_inside(kind: str, name: str) -> None:
    async def answers(connection: Connection) -> None:
        await connection.request()
        await connection.write(OK)

    provider = registry.KINDS[kind].make()
    async with RawServer(answers) as inside:
        for call in _calls(provider):
            with contextlib.suppress(ProviderError):
                await call(_to(f"http://{NAMES[name]}:{inside.port}"))
        with pytest.raises(ProviderError) as caught:
            await provider.send(_to(f"http://{NAMES[name]}:{inside.port}"), outgoing())
        assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "address_forbidden")
        assert inside.connections == 0
    await doors.close_all()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_opened_is_reached(kind: str) -> None:
    async def answers(connection: Connection) -> None:
        await connection.request()
        await connection.write(OK)

    provider = registry.KINDS[kind].make()
    async with RawServer(answers) as inside:
        with contextlib.suppress(ProviderError):
            await provider.send(_to(f"http://127.0.0.1:{inside.port}", "127.0.0.0/8"), outgoing())
        assert inside.received
        assert inside.connections == 1
    await doors.close_all()
