"""Provider base addresses go through the guarded door (promise 53): nothing is sent into networks that nobody opened, whatever
is asked of the provider."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import qafila
from qafila.providers import doors, registry
from qafila.providers.http_gateway.setup import presets
from qafila.providers.interface import Credentials, Failure, ProviderError
from qafila.providers.management import NewTemplate
from tests.kit.raw_server import OK, Connection, RawServer
from tests.providers.conformance import ADDRESS, outgoing
from tests.providers.conformance.sides import SIDES

KINDS = sorted(kind for kind, one in registry.KINDS.items() if one.fields)
_CHECKS = {
    "method": "GET",
    "path": "/check",
    "query": {"to": "{to}"},
    "yes": [{"status": [200]}],
    "no": [{"status": [404]}],
}
GATEWAY = {
    **presets()["zentra"],
    "draft": False,
    "typing": {"path": "/typing", "body": {"to": "{to}"}},
    "check": _CHECKS,
    "state": {"method": "GET", "path": "/state", "ready": [{"status": [200]}]},
}
NAMES = {
    "loopback": "127.0.0.1",
    "this machine": "localhost",
    "mapped": "[::ffff:127.0.0.1]",
    "another loopback": "127.1.2.3",
    "decimal": "2130706433",
    "metadata": "169.254.169.254",
    "private": "10.0.0.1",
}
MADE = "$2b$10$made"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
WEBHOOK = "https://here.example.com/webhooks/a/secret"
TEMPLATE = NewTemplate("a_b", "en", "UTILITY", [{"type": "BODY", "text": "Hi"}])


async def _file() -> AsyncIterator[bytes]:
    yield PNG


async def _take(chunk: bytes) -> None:
    del chunk


ASKED: dict[str, Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "send": lambda: ((outgoing(),), {}),
    "try_out": lambda: ((outgoing(),), {}),
    "typing": lambda: ((ADDRESS,), {"reply_to": "wamid.IN1"}),
    "read": lambda: ((f"false_{ADDRESS}@c.us_AB12",), {}),
    "check_number": lambda: ((ADDRESS,), {}),
    "outcome": lambda: (("attempt-1",), {"began_at": datetime(2026, 11, 1, tzinfo=UTC)}),
    "start": lambda: ((), {"webhook_url": WEBHOOK}),
    "use_code": lambda: ((ADDRESS,), {}),
    "abandon": lambda: ((), {"code_shown": True}),
    "block": lambda: (([ADDRESS],), {}),
    "unblock": lambda: (([ADDRESS],), {}),
    "create_template": lambda: ((TEMPLATE,), {}),
    "template_info": lambda: (("1",), {}),
    "edit_template": lambda: (("1",), {"category": "UTILITY"}),
    "delete_template": lambda: (("a_b",), {}),
    "upload_media": lambda: ((), {"chunks": _file(), "size": len(PNG)}),
    "download_media": lambda: (("1",), {"take": _take, "limit": 1000}),
    "delete_media": lambda: (("1",), {}),
    "register": lambda: ((), {"pin": "123456"}),
    "verify_code": lambda: ((), {"code": "123456"}),
    "set_number_webhook": lambda: ((), {"callback_url": WEBHOOK}),
}
"""What a call needs beside the credentials; one that is not here needs nothing."""
SILENT = {("cloud_api", "check_number"), ("http_gateway", "read")}
"""Calls that ask nobody."""


def _to(url: str, *networks: str, token: str = MADE) -> Credentials:
    return Credentials(
        base_url=url,
        token=token,
        sender_ref="106540352242922",
        account_ref="102290129340398",
        config={"gateway": GATEWAY},
        allowed_networks=networks,
        webhook_url=WEBHOOK,
    )


def _calls(kind: str) -> dict[str, Callable[[Credentials], Awaitable[Any]]]:
    """Everything that can be asked of a provider, found in its class: nobody can forget to add a call here."""
    provider = registry.KINDS[kind].make()
    names = [name for name, _ in inspect.getmembers(type(provider), inspect.iscoroutinefunction)]

    def call(name: str, to: Credentials) -> Awaitable[Any]:
        words, named = ASKED.get(name, lambda: ((), {}))()
        asked: Awaitable[Any] = getattr(provider, name)(to, *words, **named)
        return asked

    return {
        name: lambda to, name=name: call(name, to)  # type: ignore[misc]
        for name in names
        if not name.startswith("_") and (kind, name) not in SILENT
    }


async def speaks_http(kind: str) -> bool:
    """A rehearsal inside the process calls nobody."""
    async with SIDES[kind]() as side:
        return side.over_http


EVERY = [(kind, name) for kind in KINDS for name in _calls(kind)]


async def _answers(connection: Connection) -> None:
    while True:
        await connection.request()
        await connection.write(OK)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_sent_inside(kind: str, name: str) -> None:
    if not await speaks_http(kind):
        return
    async with RawServer(_answers) as inside:
        for what, call in _calls(kind).items():
            if what == "try_out":
                trial = await call(_to(f"http://{NAMES[name]}:{inside.port}"))
                assert (trial.verdict, trial.code, trial.answer) == ("account", "address_forbidden", "")
                continue
            with pytest.raises(ProviderError) as caught:
                await call(_to(f"http://{NAMES[name]}:{inside.port}"))
            assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "address_forbidden"), what
        assert inside.connections == 0
    await doors.close_all()


@pytest.mark.parametrize(("kind", "what"), EVERY)
async def test_what_was_opened_is_reached(kind: str, what: str) -> None:
    """So that the one above is no call that never left."""
    if not await speaks_http(kind):
        return
    async with RawServer(_answers) as inside:
        with contextlib.suppress(ProviderError):
            await _calls(kind)[what](_to(f"http://127.0.0.1:{inside.port}", "127.0.0.0/8"))
        assert inside.received
    await doors.close_all()


async def test_a_key_that_lies_in_the_path_is_not_sent_inside_either() -> None:
    async with RawServer(_answers) as inside:
        with pytest.raises(ProviderError) as caught:
            await _calls("wppconnect")["send"](_to(f"http://127.0.0.1:{inside.port}", token="a key"))
        assert caught.value.code == "address_forbidden"
        assert inside.connections == 0
    await doors.close_all()


OUTWARD = {"http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "websockets", "smtplib", "ftplib"}
OTHERS = {
    "alerts/letters.py": "the operator's own mail server",
    "web/jobs.py": "the same: its exceptions",
    "web/pages/docs/samples.py": "a sample for customers' programs; not run here",
    "cli/": "a process on this machine, at a port of ours",
    "kit/http/": "the door itself",
}
"""Who else may open a connection, and to what."""


def test_nobody_else_speaks_http() -> None:
    """One door: nothing in the house imports another client."""
    root = Path(qafila.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        place = path.relative_to(root).as_posix()
        if any(_is_client(one) for one in ast.walk(ast.parse(path.read_text()))):
            found.add(next((known for known in OTHERS if place.startswith(known)), place))
    assert found <= set(OTHERS), found - set(OTHERS)


def _is_client(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        names = [one.name for one in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        names = [f"{node.module}.{one.name}" for one in node.names]
    else:
        return False
    safe = ("urllib.parse", "http.HTTPStatus", "http.cookies")
    return any(name.split(".")[0] in OUTWARD and not name.startswith(safe) for name in names)
