"""Promise 45: the security headers are on every answer: pages, errors, files, the API, webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from tests.web.pages import pages, rows
from tests.web.world import World

pytestmark = pytest.mark.django_db
PAGES, ROWS = pages(), rows()

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def faults(headers: Any, *, secure: bool = False) -> list[str]:
    """What an answer lacks."""
    found = [f"{name}: {headers.get(name)}" for name, value in ALWAYS.items() if headers.get(name) != value]
    policy = headers.get("Content-Security-Policy", "")
    for part in ("default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"):
        if part not in policy:
            found.append(f"no {part}")
    if "unsafe" in policy or "*" in policy or "http" in policy:
        found.append(policy)
    transport = headers.get("Strict-Transport-Security", "")
    if secure:
        seconds = re.search(r"max-age=(\d+)", transport)
        if not seconds or int(seconds.group(1)) < 31_536_000:
            found.append(f"HSTS {transport!r}")
    elif transport:
        found.append("HSTS without https")
    return found


@pytest.mark.parametrize("secure", [False, True])
def test_every_page(world: World, browser: Callable[..., Client], secure: bool) -> None:
    bad = {}
    signed_in, nobody = browser(world.here.people["owner"]), Client()
    for name, page in PAGES.items():
        row = ROWS.get(name)
        if row is None or row.never_ends:
            continue
        values = dict(row.path(world.here))
        where = reverse(name, kwargs=values) if values else "/" + page.path.replace("\\Z", "").lstrip("^")
        for client in (signed_in, nobody):
            for method in (client.get, client.head, client.post, client.put):
                answer = method(where, secure=secure)
                if found := faults(answer.headers, secure=secure):
                    bad[f"{method.__name__} {where}"] = found
                if answer.streaming:
                    list(answer.streaming_content)
    assert bad == {}


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/here",
        "/api/nothing",
        "/api/contracts",
        "/api/docs",
        "/health",
        "/health/live",
        "/static/x/nothing.js",
    ],
)
def test_what_is_no_page(path: str) -> None:
    answer = Client().get(path)
    assert faults(answer.headers) == []


def test_static_files_and_their_age() -> None:
    from django.templatetags.static import static

    answer = Client().get(static("qafila/css/shell.css"))
    assert answer.status_code == 200
    assert faults(answer.headers) == []
    assert "max-age=31536000" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    list(answer.streaming_content)


def test_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from qafila.web.shell import middleware

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("<secret> 42")

    monkeypatch.setattr(middleware.ReaderSettings, "__call__", broken)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert faults(answer.headers) == []
    html = answer.content.decode()
    assert answer["X-Request-Id"] in html
    assert "secret" not in html
    assert "ZeroDivision" not in html


def test_an_unknown_host() -> None:
    answer = Client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert faults(answer.headers) == []
    assert "evil.example" not in answer.content.decode()


def test_a_refused_form() -> None:
    answer = Client(enforce_csrf_checks=True).post("/theme", {"theme": "dark"})
    assert answer.status_code == 403
    assert faults(answer.headers) == []
    assert "no longer valid" in answer.content.decode()


async def test_what_comes_before_django() -> None:
    from qafila.web.shell.outermost import Outermost

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"x-frame-options", b"OURS")]})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for scheme, https, secure in (("http", False, False), ("https", False, True), ("http", True, True)):
        sent.clear()
        await Outermost(inner, is_https=https)({"type": "http", "scheme": scheme}, None, send)
        given = [(name.decode().title(), value.decode()) for name, value in sent[0]["headers"]]
        assert dict(given)["X-Frame-Options"] == "OURS", "an answer's own header was overwritten"
        headers = {**dict(given), "X-Frame-Options": "DENY"}
        assert faults(headers, secure=secure) == []
        assert len({name for name, _ in given}) == len(given)


def test_the_application_that_is_served_is_wrapped() -> None:
    from qafila.project.asgi import application
    from qafila.web.shell.outermost import Outermost

    assert isinstance(application, Outermost)


@override_settings(HTTPS=True)
def test_https_behind_a_proxy_counts() -> None:
    assert faults(Client().get("/health/live").headers, secure=True) == []


def test_pages_of_signed_in_people_are_not_kept(world: World, browser: Callable[..., Client]) -> None:
    answer = browser(world.here.people["owner"]).get("/exports/")
    assert answer["Cache-Control"] == "no-store"
