"""Promise 47: two hundred addresses that look like ours and are not, in every ``next``; host names that are not ours."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from qafila.web.shell.views import safe_next
from tests.web.world import World

_BASES = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\x01//evil.example",
    "\x0b//evil.example",
    "\u00a0//evil.example",
    "\u3000//evil.example",
    "http://evil.example",
    "https://evil.example",
    "HTTP://evil.example",
    "hTTps://evil.example",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:\\\\evil.example",
    "http:\\\\evil.example",
    "https:evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://evil.example/x",
    "//evil.example:443",
    "//user@evil.example",
    "//localhost@evil.example",
    "http://localhost@evil.example",
    "http://localhost:5001@evil.example",
    "//localhost.evil.example",
    "//evil.example#localhost",
    "//evil.example?localhost",
    "//evil.example\\@localhost",
    "http://evil.example\\.localhost",
    "//[::1]",
    "//127.0.0.1",
    "//0x7f000001",
    "//2130706433",
)
_ENDS = ("", "/", "/team/", "%2f..")
PAYLOADS = [base + end for base in _BASES for end in _ENDS]


def is_ours(location: str) -> bool:
    """Where a browser goes from http://testserver/: it strips control characters and reads ``\\`` as ``/``."""
    seen = location.strip("".join(map(chr, range(33)))).replace("\t", "").replace("\n", "").replace("\r", "")
    landed = urlsplit(urljoin("http://testserver/account/", seen.replace("\\", "/")))
    return landed.scheme == "http" and landed.netloc == "testserver"


def test_there_are_two_hundred() -> None:
    assert len(set(PAYLOADS)) >= 200
    assert not is_ours("//evil.example")
    assert not is_ours("/\\evil.example")
    assert not is_ours("\t//evil.example")
    assert is_ours("/team/?q=//evil.example")


@pytest.mark.parametrize(
    "address", ["/", "/campaigns/?state=failed&q=a%20b", "/messages/?q=%2B20100", "/a#b"]
)
def test_our_own_addresses_pass(rf: RequestFactory, address: str) -> None:
    assert safe_next(rf.post("/language", {"next": address})) == address


def test_none_of_them_leads_off_site(rf: RequestFactory) -> None:
    def led(request: HttpRequest) -> str:
        return safe_next(request)

    assert [one for one in PAYLOADS if not is_ours(led(rf.post("/language", {"next": one})))] == []
    assert [one for one in PAYLOADS if not is_ours(led(rf.get("/language", {"next": one})))] == []


@pytest.mark.django_db
def test_the_forms_of_the_frame_stay_here() -> None:
    client = Client()
    for payload in PAYLOADS:
        for path, fields in (("/language", {"language": "ru"}), ("/theme", {"theme": "dark"})):
            answer = client.post(path, {**fields, "next": payload})
            assert answer.status_code == 302
            assert is_ours(answer["Location"]), (path, payload, answer["Location"])


@pytest.mark.django_db
def test_signing_in_stays_here(world: World, browser: Callable[..., Client]) -> None:
    client = browser(world.here.people["owner"])
    for payload in PAYLOADS[::2]:
        answer = client.get(f"/account/login/?next={quote(payload)}")
        if answer.status_code in {301, 302, 303}:
            assert is_ours(answer["Location"]), (payload, answer["Location"])


@pytest.mark.django_db
def test_paths_of_the_resolver_redirect_nowhere_else(world: World, browser: Callable[..., Client]) -> None:
    client = browser(world.here.people["owner"])
    for payload in (
        "//evil.example",
        "//evil.example/%2e%2e",
        "///evil.example/..",
        "/%5cevil.example",
        "/%09/evil.example",
    ):
        answer = client.get(payload)
        if answer.status_code in {301, 302, 303, 307, 308}:
            assert is_ours(answer["Location"]), (payload, answer["Location"])


HOSTS = (
    "evil.example",
    "localhost.evil.example",
    "evil.example:5001",
    "localhost@evil.example",
    "localhost:5001@evil.example",
    "evil.example#localhost",
    "localhost/evil",
    "",
    " ",
    "localhost,evil.example",
    "[::1].evil.example",
    "xn--lcalhost-m2a",
    "LOCALHOST.evil.example",
    ".localhost",
    "localhost..",
    "-",
    "a" * 300,
    "127.0.0.1.evil.example",
    "127.0.0.2",
    "0",
)


@pytest.mark.django_db
@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused_and_never_repeated(host: str) -> None:
    client = Client(raise_request_exception=False)
    for path in ("/", "/account/login/", "/api/contracts", "/nothing"):
        answer = client.get(path, HTTP_HOST=host)
        assert answer.status_code == 400, (host, path)
        assert "evil" not in answer.content.decode()
        assert "evil" not in str(answer.headers)


@pytest.mark.django_db
def test_forwarded_hosts_are_not_believed() -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }
    answer = Client().get("/account/login/", headers=headers)
    assert "evil" not in answer.content.decode() + str(answer.headers)
