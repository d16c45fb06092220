"""Whatever goes wrong under ``/api`` is JSON with a stable code, a sentence and a number, and tells no inside."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from qafila.api.body_limit import BodyLimit
from qafila.api.routes import contracts as routes
from qafila.providers.memory import MemoryProvider
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def _error(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/json"
    error: dict[str, Any] = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert set(error) >= {"code", "message", "step", "requestId"}
    assert error["message"]
    assert "Traceback" not in answer.content.decode()
    return error


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nowhere", "/api/contracts/", "/api/contracts/x/y/z"])
def test_an_address_that_there_is_not(call: Any, path: str) -> None:
    assert _error(call.get(path), 404)["code"] == "not_found"


def test_a_method_that_there_is_not(call: Any) -> None:
    answer = call("PATCH", "/api/contracts")
    error = _error(answer, 405)
    assert error["code"] == "method_not_allowed"
    assert "GET" in answer.headers["Allow"]
    assert "PATCH" in error["message"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1,}',
        b"[" * 3000,
        b"",
        b"a=b",
        b'{"x": "\\ud800',
    ],
)
def test_a_body_that_is_no_json(call: Any, raw: bytes) -> None:
    answer = call("POST", "/api/contracts", raw=raw)
    if raw == b"":
        assert _error(answer, 422)["code"] == "field_required"
    else:
        assert _error(answer, 400)["code"] == "invalid_json"


def test_invalid_json_says_where(call: Any) -> None:
    error = _error(call("POST", "/api/contracts", raw=b'{"name": "x",\n "a" 1}'), 400)
    assert "line 2" in error["cause"]


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"text"', b"7", b"true"])
def test_json_that_is_no_object(call: Any, raw: bytes) -> None:
    assert _error(call("POST", "/api/contracts", raw=raw), 422)["code"] in {"wrong_type", "field_required"}


def test_each_wrong_field_is_named(call: Any, phone_linked_sender: Sender) -> None:
    good = {"accountId": str(phone_linked_sender.public_id), "name": "x", "recipients": [{}]}

    def refused(**changes: Any) -> tuple[str, str | None]:
        body = {name: value for name, value in {**good, **changes}.items() if value is not ...}
        error = _error(call.post("/api/contracts", body), 422)
        return error["code"], error.get("field")

    assert refused(name=...) == ("field_required", "name")
    assert refused(name=5) == ("wrong_type", "name")
    assert refused(name="") == ("empty", "name")
    assert refused(name="   ") == ("empty", "name")
    assert refused(name="x" * 201) == ("too_long", "name")
    assert refused(name="a\x00b") == ("nul_byte", "name")
    assert refused(recipients=[]) == ("empty", "recipients")
    assert refused(recipients="x") == ("wrong_type", "recipients")
    assert refused(recipients={"a": 1}) == ("wrong_type", "recipients")
    assert refused(strict="yes") == ("wrong_type", "strict")
    assert refused(tenant_id=7) == ("unknown_field", "tenant_id")
    assert refused(template={"name": "T!", "language": "en"})[0] == "default_template_invalid"
    assert refused(template={"name": "t"}) == ("field_required", "template.language")


def test_a_number_that_knows_no_templates_takes_none(
    call: Any, phone_linked_sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = dataclasses.replace(MemoryProvider.capabilities, templates=False)
    monkeypatch.setattr(MemoryProvider, "capabilities", plain)
    body = {
        "accountId": str(phone_linked_sender.public_id),
        "name": "x",
        "recipients": [{"phoneNumber": "79991234567", "message": "a"}],
        "template": {"name": "t", "language": "en"},
    }
    error = _error(call.post("/api/contracts", body), 422)
    assert (error["code"], error["field"]) == ("invalid_value", "template")


def test_several_wrong_fields_are_all_listed(call: Any) -> None:
    error = _error(call.post("/api/contracts", {"name": 5, "extra": 1}), 422)
    assert error["code"] == "validation_failed"
    found = {(d["field"], d["code"]) for d in error["details"]}
    assert found == {
        ("name", "wrong_type"),
        ("extra", "unknown_field"),
        ("recipients", "field_required"),
    }


def test_an_account_or_a_package_must_be_named(call: Any) -> None:
    body = {"name": "May", "recipients": [{"phoneNumber": "79991234567", "message": "Hello"}]}
    error = _error(call.post("/api/contracts", body), 422)
    assert (error["code"], error["field"]) == ("field_required", "accountId")
    both = {**body, "accountId": "one", "packageId": "other"}
    assert _error(call.post("/api/contracts", both), 422)["code"] == "one_target_only"


def test_limits_and_places_of_lists(call: Any) -> None:
    for limit in ("0", "-1", "x", "1001", "1.5"):
        error = _error(call.get(f"/api/contracts?limit={limit}"), 422)
        assert (error["code"], error["field"]) == ("invalid_limit", "limit")
    assert _error(call.get("/api/contracts?after=nowhere"), 422)["code"] == "invalid_cursor"


def test_a_body_over_the_limit(call: Any, settings: Any, phone_linked_sender: Sender) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
    error = _error(call("POST", "/api/contracts", raw=b'{"name": "' + b"x" * 2_100_000), 413)
    assert error["code"] == "body_too_large"
    assert "2 MB" in error["cause"]


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        ("en", "This call needs an API key."),
        ("fr, en;q=0.5", "This call needs an API key."),
        ("", "This call needs an API key."),
    ],
)
def test_the_sentence_is_in_the_callers_language(nobody: Any, accept: str, words: str) -> None:
    assert _error(nobody.get("/api/contracts", Accept_Language=accept), 401)["message"] == words


@pytest.mark.parametrize("language", ["ar", "he", "ru"])
def test_other_languages_speak_otherwise(nobody: Any, language: str) -> None:
    said = _error(nobody.get("/api/contracts", Accept_Language=language), 401)["message"]
    assert said
    assert not said.isascii()


def test_without_a_wish_the_business_language_speaks(key_for: Callable[..., Any], business: Any) -> None:
    business.language = "ru"
    business.save()
    assert not _error(key_for(business).get("/api/contracts/x"), 404)["message"].isascii()


def test_an_unknown_host_is_refused_in_json(nobody: Any) -> None:
    assert _error(nobody.get("/api/contracts", Host="evil.example"), 400)["code"] == "invalid_value"


def test_a_fault_of_ours_is_logged_whole_and_answered_with_a_number(
    call: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(routes.queries, "contracts", broken)
    with caplog.at_level(logging.ERROR, logger="qafila.api.handlers"):
        answer = call.get("/api/contracts")
    error = _error(answer, 500)
    assert error["code"] == "internal_error"
    assert "inside" not in answer.content.decode()
    record = next(r for r in caplog.records if r.name == "qafila.api.handlers")
    assert record.exc_info
    assert record.call == error["requestId"]  # type: ignore[attr-defined]


def test_a_database_that_is_away_is_503(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(routes.queries, "contracts", away)
    answer = call.get("/api/contracts")
    assert _error(answer, 503)["code"] == "database_unavailable"
    assert answer.headers["Retry-After"]


async def test_the_guard_in_front_stops_a_body_without_a_length(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    sent: list[Any] = []
    read: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "http.request":
            read.append(len(message["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x" * 400, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/api/contracts", "headers": []}
    await BodyLimit(app)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert b"body_too_large" in sent[1]["body"]
    assert len(read) == 2
    read.clear()
    sent.clear()
    scope["headers"] = [(b"Content-Length", b"5000")]
    await BodyLimit(app)(scope, receive, send)
    assert (sent[0]["status"], read) == (413, [])
