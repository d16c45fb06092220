"""Every call of the API guide is made as it is printed; its tables are those of the program and of the documentation."""

from __future__ import annotations

import html
import io
import re
import shlex
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from qafila.businesses.actions import create_api_key
from qafila.campaigns.models import Campaign
from qafila.events.webhooks.rules import signing
from qafila.web.pages.docs import samples, tables
from qafila.web.pages.docs.tables import PEOPLE, REFUSALS
from qafila.wording import is_known
from tests.web.world import World
from wa_sandbox.people.behaviours import DEFAULT_SLOTS

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture
def guide(world: World, browser: Browser) -> str:
    return browser(world.here.people["owner"]).get("/docs/").content.decode()


@pytest.fixture
def key(world: World) -> str:
    return create_api_key(business=world.here.business, name="guide", actor=world.here.actor, now=world.now)[
        1
    ]


def programs(guide: str) -> Iterator[str]:
    for block in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", guide, re.DOTALL):
        yield html.unescape(block)


def curls(guide: str) -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """Method, path, headers and body of each `curl`, read as a shell reads them."""
    for program in programs(guide):
        if "curl " not in program:
            continue
        for line in program.replace("\\\n", " ").split("\ncurl "):
            words = shlex.split(line.removeprefix("curl "))
            if words and words[0].startswith("KEY="):
                words = words[2:]
            if not words:
                continue
            options = {"-X": ["GET"], "-H": [], "-d": []}
            addresses = []
            while words:
                word = words.pop(0)
                if word in options:
                    options[word].append(words.pop(0))
                else:
                    addresses.append(word)
            (address,) = addresses
            headers = dict(each.split(": ", 1) for each in options["-H"])
            yield options["-X"][-1], urlsplit(address).path, headers, (options["-d"] or [None])[0]


def test_every_program_has_a_button_that_copies_just_it(guide: str) -> None:
    copied = [html.unescape(each) for each in re.findall(r'data-copy="([^"]*)"', guide)]
    assert copied == list(programs(guide))
    assert len(copied) == 2 + len(samples.CALLS) + len(samples.VERIFICATIONS)


def test_every_curl_does_what_it_says(guide: str, key: str) -> None:
    client, made, done = Client(), "", []
    for method, path, headers, body in curls(guide):
        assert headers.pop("Authorization") == "Bearer $KEY"
        content_type = headers.pop("Content-Type", "application/json")
        answer = client.generic(
            method,
            path.replace("CONTRACT_ID", made),
            body or "",
            content_type=content_type,
            headers={"Authorization": f"Bearer {key}", **headers},
        )
        assert 200 <= answer.status_code < 300, (path, answer.content)
        done.append((method, path))
        if path == "/api/contracts":
            made = answer.json()["id"]
    assert done == [
        ("POST", "/api/contracts"),
        ("POST", "/api/contracts/CONTRACT_ID/start"),
        ("GET", "/api/contracts/CONTRACT_ID/stats"),
    ]
    assert Campaign.objects.get(public_id=made).batch.total == 1


class _Here(urllib.request.BaseHandler):
    """Instead of the network: the call goes to the program under test."""

    handler_order = 0

    def http_open(self, call: urllib.request.Request) -> Any:
        answer = Client().generic(
            call.get_method(),
            urlsplit(call.full_url).path,
            call.data,
            content_type=call.get_header("Content-type"),
            headers={name: value for name, value in call.header_items() if name != "Content-type"},
        )
        response: Any = io.BytesIO(answer.content)
        response.code, response.msg, response.status = answer.status_code, "", answer.status_code
        response.info = lambda: answer.headers
        return response


def test_the_python_sample_runs(
    guide: str, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = [each for each in programs(guide) if each.startswith("import json\n")]
    monkeypatch.setenv("KEY", key)
    monkeypatch.setattr(urllib.request, "_opener", None)
    urllib.request.install_opener(urllib.request.build_opener(_Here))
    for _turn in range(2):  # the second time it is the same contract
        exec(compile(program, "guide", "exec"), {})  # noqa: S102 - it is our own page
    first, second = capsys.readouterr().out.split()
    assert first == second
    assert Campaign.objects.get(public_id=first).name == "First contract"


def test_the_other_samples_say_the_same(guide: str) -> None:
    for language in ("Node", "PHP"):
        program = next(each for each in programs(guide) if each == samples_here(guide)[language])
        for part in ("/api/contracts", "Idempotency-Key", "accountId", "79991234567", "Bearer "):
            assert part in program, (language, part)


def samples_here(guide: str) -> dict[str, str]:
    base = re.search(r"curl -X POST (\S+)/api/contracts", guide)
    account = re.search(r"accountId(?:&quot;|\"): (?:&quot;|\")([\w-]+)", guide)
    assert base and account
    return dict(samples.calls(base=base.group(1), account=account.group(1)))


def test_the_checks_are_those_of_the_documentation_and_hold(guide: str) -> None:
    written = (DOCS / "webhooks.md").read_text()
    shown = set(programs(guide))
    for language, program in samples.VERIFICATIONS.items():
        assert f"\n{program}```" in written, language
        assert program in shown
    names: dict[str, Any] = {}
    exec(samples.VERIFICATIONS["Python"], names)  # noqa: S102 - as before
    secret, body = signing.new_secret(), b'{"type": "webhook.test"}'
    headers = signing.headers([secret], message_id="msg_1", at=datetime.now(UTC), body=body)
    assert names["verified"](secret, headers, body)
    assert not names["verified"](secret, headers, body + b" ")


def test_refusals_are_those_of_the_documentation(guide: str) -> None:
    part = (DOCS / "contract-api.md").read_text().split("## Refusals")[1].split("A refused row")[0]
    written = {
        (int(status), code)
        for status, codes in re.findall(r"^\| (\d{3}) \| (.*?) \|", part, re.MULTILINE)
        for code in re.findall(r"`([a-z_]+)`", codes)
    }
    shown = {(status, code) for status, codes in REFUSALS for code in codes}
    assert shown == written
    for each in tables.refusals("en"):
        assert is_known(each.code), each.code
        assert each.sentence and "  " not in each.sentence and "``" not in each.sentence, each
        assert f"<code>{each.code}</code>" in guide


def test_the_people_are_those_of_the_sandbox(guide: str) -> None:
    first, expected = 0, []
    for word, slots in DEFAULT_SLOTS.items():
        last = first + slots - 1
        expected.append((f"{first:02}–{last:02}" if slots > 1 else f"{first:02}", word))
        first = last + 1
    assert [(digits, word) for digits, word, _ in PEOPLE] == expected
    assert all(f"…{digits}" in guide for digits, _ in expected)


def test_limits_are_the_programs_own(guide: str) -> None:
    for text in ("200,000 · 64 MB", "2,000,000 · 500 MB", "4,096"):
        assert text in guide, text
    api = (DOCS / "contract-api.md").read_text()
    assert "1 to 200,000 rows, 64 MB" in api
    assert "2,000,000 rows and 500 MB" in api


def test_the_program_of_the_guide_needs_nothing_to_be_installed() -> None:
    named = set(re.findall(r"^import (\w+)$", samples.CALLS["Python"], re.MULTILINE))
    assert named <= set(sys.stdlib_module_names)
