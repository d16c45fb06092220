"""Behaviours by the last two digits, by hand, and the same again for the same seed."""

from typing import Any

import pytest

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, WABA, Running
from wa_sandbox.people.behaviours import Draws


def end_of(box: Running, wamid: str) -> dict[str, Any]:
    """The row of a message once nothing is to come any more (the slow ones are given ten minutes at once)."""
    box.admin("POST", "/clock", {"advance_seconds": 600})
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    return box.admin("GET", f"/ledger/messages/{wamid}")


@pytest.mark.parametrize(
    ("ending", "behaviour", "status", "code"),
    [
        ("00", "reader", "read", None),
        ("60", "slow", "read", None),
        ("72", "never_reads", "delivered", None),
        ("82", "replier", "read", None),
        ("94", "open_chat", "read", None),
        ("97", "absent", "failed", 131026),
    ],
)
def test_what_becomes_of_a_message(box: Running, ending: str, behaviour: str, status: str, code: int) -> None:
    row = end_of(box, box.template(f"155512345{ending}").wamid)
    assert (row["behaviour"], row["status"], row["code"]) == (behaviour, status, code)


def test_some_are_refused_at_once(box: Running) -> None:
    reply = box.template("15551234599")
    assert (reply.status, reply.code) == (400, 131026)


def test_marketing_is_capped_outside_a_window(box: Running) -> None:
    body = [{"type": "BODY", "text": "Sale!"}]
    record = {"waba_id": WABA, "name": "sale", "language": "en", "category": "MARKETING", "components": body}
    box.admin("POST", "/templates", record)
    sale = {"name": "sale", "language": {"code": "en"}}
    capped = box.send({"to": "15551234593", "type": "template", "template": sale}).wamid
    utility = box.template("15551234593").wamid
    assert end_of(box, capped)["code"] == 131049
    assert end_of(box, utility)["status"] == "read"


@pytest.mark.parametrize(
    ("to", "word"),
    [("15551234590", "STOP"), ("201001234590", "إيقاف"), ("972501234590", "הסר"), ("79161234590", "СТОП")],
)
def test_stop_is_said_in_the_language_of_the_region(
    box: Running, receiver: Receiver, to: str, word: str
) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    box.admin("PUT", f"/people/{to}", {"behaviour": "stopper"})
    wamid = box.template(to).wamid
    message, _ = receiver.wait(lambda: receiver.values("messages"))[0]
    assert message["text"]["body"] == word
    assert message["context"]["id"] == wamid


def test_a_blocker_gets_nothing_more_and_quality_falls(box: Running) -> None:
    for n in range(25):
        wamid = box.template(f"1555124{n:02d}92").wamid
    end_of(box, wamid)
    later = end_of(box, box.template("15551240092").wamid)
    assert (later["status"], later["code"]) == ("failed", 131026)
    assert box.call("GET", f"/v25.0/{PHONE}?fields=quality_rating").body["quality_rating"] == "RED"
    box.admin("PATCH", "/limits", {"restrict_when_red": True})
    assert box.template("15551234500").code == 131048


def test_a_person_can_be_set_by_hand(box: Running) -> None:
    box.admin("PUT", "/people/+1 555 123 4501", {"behaviour": "absent"})
    assert end_of(box, box.template("15551234501").wamid)["code"] == 131026
    assert box.admin("DELETE", "/people/15551234501")["behaviour"] == "reader"
    assert box.call("PUT", "/admin/people/15551234501", {"behaviour": "sleepy"}).status == 400


def test_the_hundred_slots_can_be_laid_out_anew(box: Running) -> None:
    box.admin("PUT", "/people", {"slots": {"never_reads": 100}})
    assert end_of(box, box.template("15551234599").wamid)["status"] == "delivered"
    assert box.call("PUT", "/admin/people", {"slots": {"reader": 99}}).status == 400


def test_the_same_seed_gives_the_same_delays(box: Running) -> None:
    def waits() -> list[float]:
        for ending in ("00", "73", "94"):
            box.template(f"155512377{ending}")
        box.until(lambda: box.admin("GET", "/idle")["idle"])
        found = [round(row["status_at"] - row["at"], 4) for row in box.rows()]
        box.admin("DELETE", "/ledger")
        return found

    first = waits()
    assert len(set(first)) == 3
    assert waits() == first


def test_another_seed_person_or_message_gives_other_delays() -> None:
    draws = Draws.of(1, "15551237700", 1)
    assert draws == Draws.of(1, "15551237700", 1)
    others = [Draws.of(2, "15551237700", 1), Draws.of(1, "15551237701", 1), Draws.of(1, "15551237700", 2)]
    assert draws not in others
