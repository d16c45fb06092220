"""The whole way with our own gateway as a process: page, two QR codes, a scan; and letters that are typed instead.

Only the library that speaks to WhatsApp is scripted: its mock server cannot link phones.
"""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chaos.gateway_process import HERE, why_not
from qafila.cli import node
from qafila.kit.processes.parent_death import end_with_parent

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(bool(why_not()), reason=why_not())]


class Linkable:
    """The gateway's process; a word to it is done when it says so."""

    def __init__(self, folder: Path) -> None:
        found = node.find()
        assert found is not None
        ready = folder / "ready.json"
        self.process = subprocess.Popen(
            [str(found.program), str(HERE / "tests" / "linkable.js"), str(folder / "data"), str(ready)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - see parent_death
        )
        self.heard("ready")
        facts = json.loads(ready.read_text())
        self.url, self.token = f"http://127.0.0.1:{facts['port']}", facts["token"]

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        self.heard(line.partition(" ")[0])

    def heard(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Linkable]:
    (tmp_path / "data").mkdir()
    found = Linkable(tmp_path)
    yield found
    found.process.kill()
    found.process.wait()
    for pipe in (found.process.stdin, found.process.stdout):
        assert pipe is not None
        pipe.close()


@pytest.fixture
def number(gateway: Linkable, business: Business, owner_actor: Actor) -> Sender:
    from qafila.senders.actions import connect_number

    return connect_number(
        business=business,
        kind="baileys",
        name="Shop",
        phone="+16505551234",
        given={"base_url": gateway.url, "token": gateway.token, "session": "main"},
        allow_private_network=True,
        actor=owner_actor,
        now=datetime.now(UTC),
    )


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_from_the_page_over_two_codes_to_the_linked_phone(
    owner: Client, gateway: Linkable, number: Sender
) -> None:
    place = f"/senders/{number.public_id}/link"
    owner.post(f"{place}/start")
    first = _text(owner.get(f"{place}/part"))
    assert '<svg class="q-qr"' in first
    assert "5 more codes may follow" in first
    gateway.tell("qr 2@second")
    second = _text(owner.get(f"{place}/part"))
    assert "4 more codes may follow" in second
    assert second.partition("<path")[2].partition("</svg>")[0] not in first, "another code"
    gateway.tell("scan")
    gateway.heard("open")
    done = owner.get(f"{place}/part", headers={"HX-Request": "true"})
    assert (done.status_code, done["HX-Redirect"]) == (204, f"/senders/{number.public_id}")
    number.refresh_from_db()
    assert number.state == "ready"
    assert "The phone is linked." in _text(owner.get(place))


def test_letters_typed_into_the_phone_instead(owner: Client, gateway: Linkable, number: Sender) -> None:
    place = f"/senders/{number.public_id}/link"
    assert "ABCD-EFGH" in _text(owner.post(f"{place}/code", follow=True))
    assert "ABCD-EFGH" in _text(owner.get(f"{place}/part"))
    gateway.tell("scan")
    gateway.heard("open")
    assert owner.get(f"{place}/part", headers={"HX-Request": "true"}).status_code == 204
    number.refresh_from_db()
    assert number.state == "ready"


def test_after_six_codes_it_is_over_and_says_why(owner: Client, gateway: Linkable, number: Sender) -> None:
    place = f"/senders/{number.public_id}/link"
    owner.post(f"{place}/start")
    for code in range(2, 7):
        assert '<svg class="q-qr"' in _text(owner.get(f"{place}/part"))
        gateway.tell(f"qr 2@code{code}")
    assert "0 more codes may follow" in _text(owner.get(f"{place}/part"))
    gateway.tell("qr 2@code7")
    over = _text(owner.get(f"{place}/part"))
    assert "Six codes were shown and none was scanned." in over
    assert "hx-get" not in over, "nothing is asked again"
    looked = owner.get(f"{place}/part", headers={"HX-Request": "true"})
    assert (looked.status_code, looked["HX-Refresh"]) == (204, "true"), "the page around it is of the past"
    page = _text(owner.get(place))
    assert "Six codes were shown and none was scanned." in page
    assert f"{place}/cancel" not in page
    assert "Is the phone with somebody else?" not in page


def test_letters_that_nobody_typed_are_no_codes_that_nobody_scanned(
    owner: Client, gateway: Linkable, number: Sender
) -> None:
    place = f"/senders/{number.public_id}/link"
    assert "ABCD-EFGH" in _text(owner.post(f"{place}/code", follow=True))
    for code in range(2, 8):
        gateway.tell(f"qr 2@code{code}")
    over = _text(owner.get(f"{place}/part"))
    assert "The gateway closed the session before a phone was linked." in over
    assert "Six codes" not in over
