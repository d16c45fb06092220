"""Template messages that are accepted as held or paused: what the answer says, and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pywa.types.sent_update import SentTemplateStatus
from pywa.types.templates import BodyText, TemplateLanguage

from tests.sandbox.pywa_client import client_of
from tests.sandbox.receiving import Receiver
from tests.sandbox.running import Running, Start
from wa_sandbox.graph.outcome import held_back
from wa_sandbox.people.behaviours import Step

TEMPLATE = "900100000000001"
HELD = "held_for_quality_assessment"


@pytest.fixture
def box(shared: Running) -> Iterator[Running]:
    yield shared.fresh()
    shared.admin("DELETE", "/faults")


def fault(box: Running, effect: str, **options: Any) -> None:
    box.admin("POST", "/faults", {"effect": effect, **options})


def row(box: Running, wamid: str) -> dict[str, Any]:
    found: dict[str, Any] = box.admin("GET", f"/ledger/messages/{wamid}")
    return found


def test_a_held_message_is_sent_later(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    fault(box, HELD, seconds=0.4, times=1)
    held, free = box.template("15559990001"), box.template("15559990002")
    assert held.body["messages"][0]["message_status"] == HELD
    assert free.body["messages"][0]["message_status"] == "accepted"
    receiver.wait_status(held.wamid, "read")
    assert receiver.statuses(held.wamid) == ["sent", "delivered", "read"]
    sent = receiver.wait_status(held.wamid, "sent")
    assert "errors" not in sent
    assert row(box, held.wamid)["status_at"] - row(box, held.wamid)["at"] >= 0.4


def test_what_is_held_comes_so_much_later() -> None:
    steps = [Step("sent", 0.1), Step("read", 2.0)]
    assert held_back(steps, HELD, 60.0) == [Step("sent", 60.1), Step("read", 62.0)]


def test_a_text_is_never_held(box: Running) -> None:
    fault(box, HELD)
    box.admin("POST", "/inbound", {"from": "15559990003", "text": "hi"})
    assert box.text("15559990003").body["messages"][0]["message_status"] == "accepted"


def test_a_held_message_is_dropped_when_its_template_is_paused(start: Start, receiver: Receiver) -> None:
    box = start("--speed", "50")
    box.admin("PUT", "/webhook", {"url": receiver.url})
    fault(box, HELD, seconds=3600, times=1)
    wamid = box.template("15559990001").wamid
    assert row(box, wamid)["status"] == "accepted"
    box.admin("POST", f"/templates/{TEMPLATE}/pause")
    assert box.template("15559990002").code == 132015
    box.admin("POST", "/clock", {"advance_seconds": 3601})
    assert receiver.wait_status(wamid, "failed")["errors"][0]["code"] == 132015
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert receiver.statuses(wamid) == ["failed"]


def test_a_dropped_message_stays_dropped_after_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    ledger = ("--speed", "50", "--ledger", str(tmp_path / "ledger.jsonl"), "--webhook-url", receiver.url)
    box = start(*ledger)
    fault(box, HELD, seconds=3600)
    first, second = box.template("15559990001").wamid, box.template("15559990002").wamid
    box.admin("POST", f"/templates/{TEMPLATE}/pause")
    box.admin("POST", "/clock", {"advance_seconds": 3601})
    receiver.wait_status(first, "failed")
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    box.kill()
    box = start(*ledger)
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert {wamid: row(box, wamid)["code"] for wamid in (first, second)} == {first: 132015, second: 132015}
    assert (set(receiver.statuses(first)), set(receiver.statuses(second))) == ({"failed"}, {"failed"})


def test_a_paused_message_fails(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    fault(box, "paused", seconds=0.1)
    sent = box.template("15559990004")
    assert sent.body["messages"][0]["message_status"] == "paused"
    assert receiver.wait_status(sent.wamid, "failed")["errors"][0]["code"] == 132015
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert receiver.statuses(sent.wamid) == ["failed"]


def test_pywa_reads_that_a_message_is_held(box: Running) -> None:
    fault(box, HELD, times=1)
    body = BodyText.params("x")
    sent = client_of(box).send_template("15559990005", "qafila_message", TemplateLanguage.ENGLISH, [body])
    assert sent.status == SentTemplateStatus.HELD_FOR_QUALITY_ASSESSMENT
