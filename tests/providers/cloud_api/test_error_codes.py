"""Every error code is classified; what is in no table, or in nobody's form, is never called safe to send again."""

from __future__ import annotations

import ast
import json
import random
from pathlib import Path
from typing import Any

import pytest

import wa_sandbox.graph
from qafila.providers.cloud_api import OPT_OUT_CODES, TEMPLATE_HOLD_CODES, WINDOW_CLOSED_CODES, errors
from qafila.providers.cloud_api.codes import CODES
from qafila.providers.interface import Failure, ProviderError, Scope
from wa_sandbox.graph.errors import CODES as SANDBOX_CODES

T, H, P, C = Failure.TEMPORARY, Failure.THROTTLED, Failure.RECIPIENT, Failure.CONTENT
R, S, A = Failure.RESTING, Failure.SENDER, Failure.ACCOUNT

# fmt: off
# Written by hand a second time, from the list of codes, so that a slip in the table shows.
EXPECTED: dict[Failure, list[int]] = {
    T: [1, 2, 131000, 131016, 133004],
    H: [4, 17, 80007, 80008, 130429, 131056, 131057, 132069],
    P: [130472, 130497, 131021, 131026, 131030, 131047, 131049, 131050, 131052, 131062, 137000,
        139100, 139101, 139102, 139103],
    C: [100, 131008, 131009, 131051, 131053, 131055, 131060, 131063, 131064, 132000, 132001, 132005, 132007,
        132008, 132012, 132015, 132016, 132018, 132068, 134100, 134101, 134102, 135000],
    R: [131048],
    S: [33, 803, 131037, 131045, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016],
    A: [0, 3, 10, 104, 190, *range(200, 300), 368, 131005, 131031, 131042, 131044],
}
# fmt: on
KNOWN = [(code, failure) for failure, codes in EXPECTED.items() for code in codes]


def in_form(code: object, **more: Any) -> bytes:
    found = {"message": f"(#{code}) T", "type": "OAuthException", "code": code, "fbtrace_id": "A", **more}
    return json.dumps({"error": found}).encode()


def from_answer(body: bytes, status: int = 400, headers: dict[str, str] | None = None) -> ProviderError:
    return errors.from_answer(status=status, headers=headers or {}, body=body)


def test_the_table_holds_these_codes_and_no_others() -> None:
    assert sorted(CODES) == sorted(code for code, _ in KNOWN)


# No message meets these: a secret of the app, a callback, a path that is not there, the verification of a number.
NOT_OF_SENDING = {101, 2200, 2500, 136024, 136025}


def refused_in_the_sandbox() -> set[int]:
    """The codes that stand in `Refusal(131026, …)` anywhere in the sandbox's Graph."""
    folder = Path(wa_sandbox.graph.__file__).parent
    return {
        node.args[0].value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, int)
    }


def test_every_code_the_sandbox_gives_a_message_is_in_the_table() -> None:
    refused = refused_in_the_sandbox()
    assert {131026, 131055, 132000, 132018} <= refused, "the codes were looked for in the wrong place"
    assert (set(SANDBOX_CODES) | refused) - NOT_OF_SENDING - set(CODES) == set()


def test_every_code_of_the_table_is_one_the_sandbox_can_give() -> None:
    assert set(CODES) - set(SANDBOX_CODES) == set()


@pytest.mark.parametrize(("code", "failure"), KNOWN)
def test_known_code_in_answers_and_receipts(code: int, failure: Failure) -> None:
    for status in (200, 400, 401, 403, 404, 429, 500, 503):
        found = from_answer(in_form(code), status)
        assert (found.failure, found.code) == (failure, str(code))
    receipt = errors.from_receipt([{"code": code, "title": "T"}])
    assert (receipt.failure, receipt.code) == (failure, str(code))
    assert (receipt.scope, receipt.retry_after) == (CODES[code].scope, CODES[code].retry_after)


def test_two_hundred_invented_codes_are_unknown() -> None:
    rng = random.Random(13)
    invented: set[int] = set()
    while len(invented) < 200:
        code = rng.choice([rng.randrange(-5, 1000), rng.randrange(130_000, 140_000), rng.randrange(10**9)])
        if code not in CODES:
            invented.add(code)
    for code in invented:
        for status in (200, 400, 403, 500, 503):
            found = from_answer(in_form(code, is_transient=True), status, {"retry-after": "1"})
            assert (found.failure, found.code) == (Failure.UNKNOWN, str(code))
        assert errors.from_receipt([{"code": code}]).failure is Failure.UNKNOWN


def test_unknown_code_with_429_is_throttled_only_in_metas_form() -> None:
    assert from_answer(in_form(139_999), 429).failure is Failure.THROTTLED
    assert from_answer(b'{"error":{"code":139999,"message":"x"}}', 429).failure is Failure.UNKNOWN
    assert from_answer(b"", 429).failure is Failure.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Internal Server Error",
        b"<html></html>",
        b'{"error":',
        b'{"error":{"code":2',
        b"null",
        b"[]",
        b'"error"',
        b'{"error":null}',
        b'{"error":"2"}',
        b'{"error":[{"code":2,"type":"OAuthException"}]}',
        b'{"error":{"code":2,"message":"upstream"}}',
        b'{"error":{"code":"2","type":"OAuthException"}}',
        b'{"error":{"code":true,"type":"OAuthException"}}',
        b'{"error":{"code":2.0,"type":"OAuthException"}}',
        b'{"error":{"type":"OAuthException"}}',
        b'{"code":2,"type":"OAuthException"}',
        b'{"error":{"code":' + b"9" * 400 + b',"type":"OAuthException"}}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429, 500, 502, 503])
def test_whatever_is_not_metas_form_is_unknown(body: bytes, status: int) -> None:
    found = from_answer(body, status)
    assert found.failure is Failure.UNKNOWN
    assert found.detail


@pytest.mark.parametrize(
    ("code", "scope", "seconds"),
    [
        (131056, Scope.PAIR, 6.0),
        (130429, Scope.SENDER, None),
        (131057, Scope.SENDER, 60.0),
        (80007, Scope.ACCOUNT, None),
        (4, Scope.ACCOUNT, None),
        (17, Scope.ACCOUNT, None),
    ],
)
def test_reach_and_wait_of_throttles(code: int, scope: Scope, seconds: float | None) -> None:
    found = from_answer(in_form(code))
    assert (found.scope, found.retry_after) == (scope, seconds)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), ("9999999", 86_400.0), ("soon", 6.0), ("-5", 6.0), ("", 6.0), ("٣", 6.0)],
)
def test_retry_after_is_heeded_if_it_is_a_number(said: str, seconds: float) -> None:
    assert from_answer(in_form(131056), headers={"retry-after": said}).retry_after == seconds


def test_missing_number_behind_code_100() -> None:
    assert from_answer(in_form(100, error_subcode=33)).failure is Failure.SENDER
    assert from_answer(in_form(100, error_subcode=2388040)).failure is Failure.CONTENT


def test_details_are_kept_and_secrets_are_not() -> None:
    body = in_form(
        190, error_data={"details": "Malformed token EAABsbCS1234567ZAZC for 16505551234"}, foo={"bar": 1}
    )
    found = errors.from_answer(status=401, headers={}, body=body, hide=("16505551234", "", "a"))
    assert found.detail == "(#190) T: Malformed token [hidden] for [hidden]"
    assert found.raw["status"] == 401
    assert found.raw["error"]["details"] == "Malformed token [hidden] for [hidden]"
    assert "foo" not in found.raw["error"]


def test_receipt_with_several_reasons_takes_the_known_one() -> None:
    found = errors.from_receipt([{"code": 139_999}, "x", {"code": 131026, "title": "Message undeliverable"}])
    assert (found.code, found.detail) == ("131026", "Message undeliverable")


@pytest.mark.parametrize("reasons", [None, [], {}, "x", [None], [{}], [{"code": "131026"}], [{"code": True}]])
def test_receipt_without_a_reason(reasons: object) -> None:
    found = errors.from_receipt(reasons)
    assert (found.failure, found.code) == (Failure.UNKNOWN, "no_reason")


def test_codes_that_others_look_for_are_in_the_table() -> None:
    assert {int(code) for code in OPT_OUT_CODES | TEMPLATE_HOLD_CODES | WINDOW_CLOSED_CODES} <= set(CODES)
