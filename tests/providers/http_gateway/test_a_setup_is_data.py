"""The set-up of an HTTP gateway: strict, never run, and as good as what it says (promise 52)."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pytest

from qafila.providers.failures import Scope
from qafila.providers.http_gateway import HttpGateway, paths
from qafila.providers.http_gateway.api import SHOWN
from qafila.providers.http_gateway.setup import BadSetup, presets, read
from qafila.providers.interface import (
    UNTIMED,
    BadItem,
    Failure,
    InboundEvent,
    OtherEvent,
    Outgoing,
    ProviderError,
    Text,
)
from qafila.providers.signatures import PATH_SECRET
from tests.kit.raw_server import Received
from tests.providers.conformance import ADDRESS, TEXT, TOKEN, outgoing
from tests.providers.conformance.fake import asked, said
from tests.providers.conformance.sides.http_gateway import GATEWAY, GatewaySide, gateway_side
from tests.providers.fake_cloud import answer


@pytest.fixture
async def side() -> AsyncIterator[GatewaySide]:
    async with gateway_side() as found:
        yield found


def with_(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GATEWAY), **changes}


def sending(**changes: Any) -> dict[str, Any]:
    found = copy.deepcopy(GATEWAY)
    found["send"] |= changes
    return found


@pytest.mark.parametrize("name", sorted(presets()))
def test_presets_can_be_used_and_are_drafts(name: str) -> None:
    assert read(presets()[name]).draft


BAD = {
    "no object": [],
    "no send": {"version": 1},
    "unknown part": with_(python="1"),
    "another version": with_(version=2),
    "unknown name": sending(body={"to": "{to}", "text": "{text}", "x": "{settings}"}),
    "no text": sending(body={"to": "{to}"}),
    "no number": sending(body={"text": "{text}"}),
    "a way out": sending(path="/../admin"),
    "another host": sending(path="//evil.example.com/x"),
    "a query in the path": sending(path="/send?x=1"),
    "the token in the path": sending(path="/{token}/send"),
    "a number as text": sending(accepted=[{"path": "a", "equals": ["x"], "status": ["200"]}]),
    "an empty condition": sending(accepted=[{}]),
    "a path without a question": sending(accepted=[{"path": "a"}]),
    "an expression as path": sending(id="data[?(@.x)]"),
    "a call as path": sending(id="__import__('os').system"),
    "an unknown class": sending(errors=[{"when": {"status": [1]}, "class": "fine", "code": "x"}]),
    "a code with spaces": sending(errors=[{"when": {"status": [400]}, "class": "sender", "code": "X Y"}]),
    "no way to tell": sending(accepted=[], id=""),
    "a line break in a header": with_(auth={"header": "Authorization", "value": "x\r\ny: z"}),
    "the text in a header": with_(auth={"header": "X", "value": "{text}"}),
    "too deep": sending(body={"to": "{to}", "text": "{text}", "x": json.loads("[" * 30 + "]" * 30)}),
    "too many parts": sending(body={"to": "{to}", "text": "{text}", "x": [0] * 600}),
    "too long": with_(note="x" * 30_000),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_known_is_refused(what: str) -> None:
    with pytest.raises(BadSetup) as caught:
        read(BAD[what])
    assert len(str(caught.value)) < 400
    assert "evil.example.com" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "{token}", "{to} {text}", "%s {0} {0.__class__}", '","x":"', "{text}{text}" * 100, "\\"],
)
async def test_a_message_stays_text(side: GatewaySide, text: str) -> None:
    seen: list[Any] = []

    def keep(received: Received) -> bytes:
        seen.append(asked(received))
        return said(200, {"status": True, "data": {"messages": [{"id": 1}]}})

    side.gateway.reply = keep
    await side.provider.send(side.credentials, Outgoing(ADDRESS, Text(text), "attempt-1"))
    message = {"text": text}
    assert seen == [{"target": f"+{ADDRESS}", "message": message, "ref": "attempt-1", "retry": False}]


async def test_a_form_and_a_query_are_quoted(side: GatewaySide) -> None:
    seen: list[Received] = []

    def keep(received: Received) -> bytes:
        seen.append(received)
        return said(200, {"status": True, "data": {"messages": [{"id": 1}]}})

    side.gateway.reply = keep
    setup = sending(format="form", body={"to": "{to}", "text": "{text}"}, query={"ref": "{attempt_id}"})
    setup["auth"] = {"query": "access_token"}
    to = replace(side.credentials, config={"gateway": setup}, sender_ref="a/b?c")
    await side.provider.send(to, Outgoing(ADDRESS, Text("a&b=c ü"), "a&b"))
    assert seen[0].path == f"/a%2Fb%3Fc/send?ref=a%26b&access_token={TOKEN}"
    assert seen[0].body == f"to={ADDRESS}&text=a%26b%3Dc+%C3%BC".encode()
    assert "authorization" not in seen[0].headers


async def test_a_draft_sends_nothing_but_the_testers_message(side: GatewaySide) -> None:
    to = replace(side.credentials, config={"gateway": with_(draft=True)})
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(to, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "gateway_draft")
    assert side.arrived() == 0
    trial = await side.provider.try_out(to, outgoing())
    assert (trial.verdict, trial.status, trial.provider_id) == ("accepted", 200, "1001")
    assert side.arrived() == 1


async def test_the_tester_shows_everything_but_secrets(side: GatewaySide) -> None:
    side.refuse(Failure.RECIPIENT)
    trial = await side.provider.try_out(side.credentials, outgoing())
    shown = repr(trial)
    assert TOKEN not in shown
    assert trial.headers["authorization"] == "Token ••••"
    assert ADDRESS in trial.body
    assert (trial.verdict, trial.code) == ("recipient", "gateway_recipient")


@pytest.mark.parametrize("echo", [json.dumps, lambda one: json.dumps(one).replace("/", "\\/"), quote_plus])
async def test_a_secret_is_masked_however_the_gateway_writes_it(
    side: GatewaySide, echo: Callable[[str], str]
) -> None:
    """Many gateways put a backslash before each slash of their JSON."""
    token = 'CANARY/4711 "ü"=='
    side.gateway.reply = lambda _: answer(403, f"refused: {echo(token)}".encode(), "text/plain")
    to = replace(
        side.credentials, token=token, config={"gateway": sending(body={"t": "{to}", "x": "{text}{token}"})}
    )
    trial = await side.provider.try_out(to, outgoing())
    assert "CANARY" not in trial.answer.replace(TEXT, ""), trial.answer
    assert "4711" not in trial.answer + trial.body
    assert "••••" in trial.body


async def test_an_answer_that_is_cut_holds_no_half_secret(side: GatewaySide) -> None:
    side.gateway.reply = lambda _: answer(
        500, b"x" * (SHOWN - len(TOKEN) // 2) + TOKEN.encode(), "text/plain"
    )
    trial = await side.provider.try_out(side.credentials, outgoing())
    assert len(trial.answer) <= SHOWN
    assert "CANARY" not in trial.answer


async def test_an_acceptance_without_an_id_has_ours(side: GatewaySide) -> None:
    side.gateway.reply = lambda _: said(200, {"status": True})
    to = replace(side.credentials, config={"gateway": sending(id="")})
    assert (await side.provider.send(to, outgoing("attempt-9"))).provider_id == "attempt-9"
    side.gateway.reply = lambda _: said(200, {"status": "true"})
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(to, outgoing("attempt-9"))
    assert caught.value.failure is Failure.UNKNOWN


@pytest.mark.parametrize("body", [b"", b"Unauthorized", b"<html>no</html>"])
async def test_a_rule_for_a_status_needs_no_json(side: GatewaySide, body: bytes) -> None:
    """Many gateways refuse a token with an empty answer: without this each message would be uncertain, one by one."""
    setup = {**presets()["zentra"], "draft": False}
    to = replace(side.credentials, config={"gateway": setup})
    side.gateway.reply = lambda _: answer(401, body, "text/plain")
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(to, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "token_refused")
    assert caught.value.scope is Scope.ACCOUNT


@pytest.mark.parametrize("status", [429, 500, 503, 302])
async def test_a_bare_answer_proves_nothing_without_a_rule_or_beyond_4xx(
    side: GatewaySide, status: int
) -> None:
    rules = [{"when": {"status": [500, 503, 302]}, "class": "temporary", "code": "trouble"}]
    to = replace(side.credentials, config={"gateway": sending(errors=rules)})
    side.gateway.reply = lambda _: answer(status, b"")
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(to, outgoing())
    assert caught.value.failure is Failure.UNKNOWN


async def test_a_broken_setup_sends_nothing_and_believes_nobody(side: GatewaySide) -> None:
    to = replace(side.credentials, config={"gateway": {"version": 1}})
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(to, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.ACCOUNT, "gateway_setup_bad")
    broken = HttpGateway().configured({"gateway": {"version": 1}})
    assert isinstance(broken.parse(b'{"a":1}')[0], OtherEvent)


def _hook(**webhook: Any) -> HttpGateway:
    return HttpGateway().configured({"gateway": with_(webhook=webhook)})


MESSAGE = {
    "is": "message",
    "when": {"path": "text", "exists": True},
    "from": "from",
    "text": "text",
    "at": "at",
}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (1759880310, datetime(2025, 10, 7, 23, 38, 30, tzinfo=UTC)),
        ("1759880310123", datetime(2025, 10, 7, 23, 38, 30, 123000, tzinfo=UTC)),
        ("2025-10-07T23:38:30+00:00", datetime(2025, 10, 7, 23, 38, 30, tzinfo=UTC)),
        ("2025-10-07 23:38:30", datetime(2025, 10, 7, 23, 38, 30, tzinfo=UTC)),
        ("yesterday", UNTIMED),
        (None, UNTIMED),
        (1e300, UNTIMED),
        (-1, UNTIMED),
    ],
)
def test_times_are_read_as_gateways_write_them(at: Any, expected: datetime) -> None:
    raw = json.dumps({"from": "+201000000001", "text": "Hi", "at": at}).encode()
    (event,) = _hook(events=[MESSAGE]).parse(raw)
    assert isinstance(event, InboundEvent)
    assert event.at == expected


def test_a_message_without_an_id_has_the_same_one_each_time() -> None:
    raw = b'{"from":"201000000001","text":"Hi"}'
    first, again = (
        _hook(events=[MESSAGE]).parse(body)[0] for body in (raw, b' {"text":"Hi","from":"201000000001"}')
    )
    assert isinstance(first, InboundEvent)
    assert isinstance(again, InboundEvent)
    assert first.provider_id == again.provider_id
    (other,) = _hook(events=[MESSAGE]).parse(b'{"from":"201000000001","text":"Ho"}')
    assert isinstance(other, InboundEvent)
    assert other.provider_id != first.provider_id


def test_a_person_that_is_none_is_kept_with_a_reason() -> None:
    (event,) = _hook(events=[MESSAGE]).parse(b'{"from":"somebody","text":"Hi"}')
    assert event == BadItem("no_person", {"from": "somebody", "text": "Hi"})


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_signature_is_checked_where_the_gateway_signs(algorithm: str) -> None:
    import hmac

    body = b'{"from":"1","text":"x"}'
    signed = _hook(events=[MESSAGE], signature={"header": "X-Sig", "algorithm": algorithm, "prefix": "v1="})
    right = "v1=" + hmac.digest(b"s", body, algorithm).hex()
    assert signed.verify(body=body, headers={"x-sig": right}, secrets=["s"])
    assert not signed.verify(body=body + b" ", headers={"x-sig": right}, secrets=["s"])
    assert not signed.verify(body=body, headers={"x-sig": right[3:]}, secrets=["s"])
    assert not signed.verify(body=body, headers={PATH_SECRET: "s"}, secrets=["s"]), (
        "the address is not enough"
    )


@pytest.mark.parametrize(
    "path", ["a..b", ".a", "a.", "a[b]", "a[-1]", "a b", "[0", "a" * 400, "a." * 20 + "a"]
)
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        paths.steps(path)


def test_paths_lead_where_they_say() -> None:
    body = {"a": [{"b": 7}, {"b": "x"}], "c": True}
    assert paths.at(body, "a[1].b") == "x"
    assert paths.text_at(body, "a[0].b") == "7"
    assert paths.text_at(body, "c") == ""
    assert paths.at(body, "a[9].b") is None
    assert paths.at(body, "") == body


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (Failure.RESTING, 7200.0),
        (Failure.THROTTLED, 7200.0),
        (Failure.TEMPORARY, 7200.0),
        (Failure.UNKNOWN, None),
    ],
)
async def test_a_gateway_says_how_long_to_wait(
    side: GatewaySide, failure: Failure, wait: float | None
) -> None:
    side.refuse(failure)
    side.server.headers = "retry-after: 7200\r\n"
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert (caught.value.failure, caught.value.retry_after) == (failure, wait)
