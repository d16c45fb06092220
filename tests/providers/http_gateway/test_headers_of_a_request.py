"""Headers of a gateway's own beside the token's: few, checked, and without what must not be logged."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from qafila.providers.http_gateway.setup import BadSetup, read
from qafila.providers.http_gateway.shapes import MOST_HEADERS
from tests.kit.raw_server import Received
from tests.providers.conformance import ADDRESS, TOKEN, outgoing
from tests.providers.conformance.fake import said
from tests.providers.conformance.sides.http_gateway import GATEWAY, GatewaySide, gateway_side


@pytest.fixture
async def side() -> AsyncIterator[GatewaySide]:
    async with gateway_side() as found:
        yield found


def setup(headers: Any, part: str = "send", **changes: Any) -> dict[str, Any]:
    found = copy.deepcopy(GATEWAY)
    found[part]["headers"] = headers
    return {**found, **changes}


def heard(side: GatewaySide) -> list[Received]:
    seen: list[Received] = []

    def keep(received: Received) -> bytes:
        seen.append(received)
        return said(
            200, {"status": True, "data": {"messages": [{"id": 1}]}, "exists": True, "state": "online"}
        )

    side.gateway.reply = keep
    return seen


async def test_headers_go_out_filled_in(side: GatewaySide) -> None:
    seen = heard(side)
    given = setup(
        {"X-Device": "dev {sender}/{account}", "Idempotency-Key": "{attempt_id}", "X-Api-Version": "2"}
    )
    to = replace(side.credentials, config={"gateway": given}, account_ref="acc")
    await side.provider.send(to, outgoing("attempt-7"))
    headers = seen[0].headers
    assert headers["x-device"] == f"dev {to.sender_ref}/acc"
    assert headers["idempotency-key"] == "attempt-7"
    assert headers["x-api-version"] == "2"
    assert headers["authorization"] == f"Token {TOKEN}", "the token's header stays"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("part", ["typing", "check", "state"])
async def test_every_request_has_its_own(side: GatewaySide, part: str) -> None:
    seen = heard(side)
    to = replace(side.credentials, config={"gateway": setup({"X-Part": part}, part)})
    await side.provider.typing(to, ADDRESS)
    await side.provider.check_number(to, ADDRESS)
    await side.provider.status(to)
    assert [one.headers.get("x-part", "") for one in seen].count(part) == 1


@pytest.mark.parametrize("ref", ["x\r\nx-evil: 1", "ö", "a\x00b", "a\tb"])
async def test_no_id_breaks_out_of_its_header(side: GatewaySide, ref: str) -> None:
    seen = heard(side)
    to = replace(side.credentials, config={"gateway": setup({"X-Device": "{sender}"})}, sender_ref=ref)
    await side.provider.send(to, outgoing())
    assert "x-evil" not in seen[0].headers
    assert seen[0].headers["x-device"].isprintable()
    assert seen[0].headers["x-device"].isascii()


async def test_the_tester_shows_them(side: GatewaySide) -> None:
    to = replace(side.credentials, config={"gateway": setup({"X-Device": "{sender}"})})
    trial = await side.provider.try_out(to, outgoing())
    assert trial.headers["x-device"] == to.sender_ref
    assert TOKEN not in repr(trial)


BAD: dict[str, Any] = {
    "another host": {"Host": "evil.example.com"},
    "a length": {"content-length": "5"},
    "another form": {"Content-Type": "text/xml"},
    "chunks": {"Transfer-Encoding": "chunked"},
    "a second token": {"AUTHORIZATION": "Bearer x"},
    "a proxy's token": {"Proxy-Authorization": "x"},
    "cookies": {"Cookie": "a=b"},
    "the token": {"X-Key": "{token}"},
    "the text": {"X-Text": "{text}"},
    "the number": {"X-To": "{to_plus}"},
    "an unknown name": {"X": "{settings}"},
    "a line break": {"X": "a\r\nY: b"},
    "a line break in the name": {"X\r\nY": "a"},
    "a space in the name": {"X Y": "a"},
    "no name": {"": "a"},
    "no value": {"X": ""},
    "space around it": {"X": " a"},
    "letters beyond ASCII": {"X": "ü"},
    "a number": {"X": 1},
    "a list": ["X"],
    "twice": {"X-A": "1", "x-a": "2"},
    "too many": {f"X-{number}": "a" for number in range(MOST_HEADERS + 1)},
    "too long": {"X": "a" * 501},
}


@pytest.mark.parametrize("part", ["send", "typing"])
@pytest.mark.parametrize("what", BAD)
def test_what_is_not_allowed_is_refused(what: str, part: str) -> None:
    with pytest.raises(BadSetup) as caught:
        read(setup(BAD[what], part))
    assert "evil" not in str(caught.value)


def test_the_token_has_one_header() -> None:
    auth = {"header": "X-Api-Key", "value": "{token}"}
    with pytest.raises(BadSetup, match="token"):
        read(setup({"x-api-key": "other"}, auth=auth))
    read(setup({"x-api-key": "other"}, auth={"query": "access_token"}))
    with pytest.raises(BadSetup, match="token"):
        read(setup({}, auth={"header": "Host", "value": "{token}"}))
    assert (
        len(read(setup({f"X-{number}": "a" for number in range(MOST_HEADERS)})).send.headers) == MOST_HEADERS
    )
