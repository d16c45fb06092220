"""Templates: what may be created, how they are judged, paused and disabled, and what is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import WABA, Reply, Running, Start, numbers

BASE = f"/v25.0/{WABA}/message_templates"
BODY = {"type": "BODY", "text": "Your order has been sent"}


def create(box: Running, name: str, components: Any = None, **more: Any) -> Reply:
    body = {"name": name, "language": "en_US", "category": "UTILITY", "components": components or [BODY]}
    return box.call("POST", BASE, body | more)


def body(text: str, *examples: str) -> list[dict[str, Any]]:
    return [{"type": "BODY", "text": text, "example": {"body_text": [list(examples)]}}]


def buttons(*kinds: str) -> list[dict[str, Any]]:
    some = {"type": "", "text": "b", "url": "https://example.com", "phone_number": "+1555"}
    return [BODY, {"type": "BUTTONS", "buttons": [{**some, "type": kind} for kind in kinds]}]


@pytest.mark.parametrize(
    ("more", "subcode"),
    [
        ({"components": body("{{1}} is here for you now", "a")}, 2388299),
        ({"components": body("Here is your {{1}}", "a")}, 2388299),
        ({"components": body("Hi {{1}} or {{2}} yes", "a", "b")}, 2388293),
        ({"components": body("Dear {{1}} your order is here")}, 2388043),
        ({"components": body("Dear {{2}} your order is here", "a")}, 2388047),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
        ({"components": [{"type": "HEADER", "format": "TEXT", "text": "x" * 61}, BODY]}, 2388040),
        ({"components": [{"type": "HEADER", "format": "TEXT", "text": ""}, BODY]}, 2388047),
        ({"components": [{"type": "HEADER", "format": "IMAGE"}, BODY]}, 2388273),
        ({"components": [BODY, {"type": "FOOTER", "text": "Hi {{1}}"}]}, 2388073),
        ({"components": [{"type": "FOOTER", "text": "x"}]}, 2388043),
        ({"components": [BODY, BODY]}, 2388043),
        ({"components": buttons("QUICK_REPLY", "URL", "QUICK_REPLY", "URL")}, 2388047),
        ({"components": buttons("URL", "URL", "URL")}, 2388047),
        ({"components": [{"type": "SONG"}]}, None),
        ({"components": "x"}, None),
        ({"name": "Big Name"}, None),
        ({"language": "klingon"}, None),
        ({"category": "SPAM"}, None),
        ({"parameter_format": "X"}, None),
        ({"message_send_ttl_seconds": "soon"}, None),
        ({"message_send_ttl_seconds": "--5"}, None),
        ({"message_send_ttl_seconds": "9" * 5000}, None),
        ({"message_send_ttl_seconds": True}, None),
    ],
)
def test_templates_that_are_refused(shared: Running, more: dict[str, Any], subcode: int | None) -> None:
    reply = create(shared, more.pop("name", "refused"), **more)
    assert (reply.status, reply.code) == (400, 100)
    assert reply.body["error"].get("error_subcode") == subcode


def test_a_name_can_be_used_once_in_a_language(shared: Running) -> None:
    shared.admin("DELETE", "/faults")
    assert create(shared, "once").body["status"] == "PENDING"
    assert create(shared, "once").body["error"]["error_subcode"] == 2388024
    assert create(shared, "once", language="de").status == 200
    assert shared.call("DELETE", f"{BASE}?name=once").body == {"success": True}
    assert shared.call("GET", f"{BASE}?name=once").body["data"] == []
    assert create(shared, "once").body["error"]["error_subcode"] == 2388023
    assert shared.call("DELETE", f"{BASE}?name=once").code == 100


def test_an_account_has_so_many_templates_at_most(start: Start) -> None:
    limit = len(start().admin("GET", "/templates")["data"]) + 1
    box = start(config={"review": {"limit": limit}})
    last = create(box, "the_last_one").body["id"]
    beyond = create(box, "one_too_many")
    assert (beyond.status, beyond.code, beyond.body["error"]["error_subcode"]) == (400, 100, 2388019)
    assert box.call("GET", f"{BASE}?name=one_too_many").body["data"] == []
    box.admin("DELETE", f"/templates/{last}")
    assert create(box, "one_too_many").status == 200


def test_reviews_end_and_are_told(start: Start, receiver: Receiver, tmp_path: Path) -> None:
    flags = ("--ledger", str(tmp_path / "l"), "--webhook-url", receiver.url)
    slow = {"review": {"seconds_from": 3600, "seconds_to": 3600}}
    box = start(*flags, config=slow)
    good, bad = create(box, "good").body["id"], create(box, "reject_scam").body["id"]
    link = create(box, "short", body("See bit.ly/{{1}} for more of it", "a")).body["id"]
    never = create(box, "pending_for_ever").body["id"]
    assert box.template("15556660001", language="en").status == 200
    assert send(box, "good").code == 132001
    box.kill()
    box = start(*flags, config=slow)
    box.admin("POST", "/clock", {"advance_seconds": 3601})

    def told() -> Any:
        return {v["message_template_id"]: v for v in values(receiver) if "event" in v}

    receiver.wait(lambda: len(told()) == 3)
    events = told()
    assert events[int(good)]["event"] == "APPROVED"
    assert (events[int(bad)]["event"], events[int(bad)]["reason"]) == ("REJECTED", "SCAM")
    assert events[int(link)]["rejection_info"]["recommendation"]
    assert box.call("GET", f"/v25.0/{never}").body["status"] == "PENDING"
    assert box.call("GET", f"/v25.0/{bad}?fields=rejected_reason").body["rejected_reason"] == "SCAM"
    assert send(box, "good").status == 200


def test_an_edit_is_reviewed_again(start: Start) -> None:
    box = start("--speed", "100")
    template_id = create(box, "edited").body["id"]
    assert (
        box.call("POST", f"/v25.0/{template_id}", {"components": [BODY]}).body["error"]["error_subcode"]
        == 2388003
    )
    box.until(lambda: box.call("GET", f"/v25.0/{template_id}").body["status"] == "APPROVED")
    other = [{"type": "BODY", "text": "Your order has arrived"}]
    assert box.call("POST", f"/v25.0/{template_id}", {"category": "MARKETING"}).code == 100
    assert box.call("POST", f"/v25.0/{template_id}", {}).code == 100
    assert box.call("POST", f"/v25.0/{template_id}", {"components": other}).body["success"]
    box.until(lambda: box.call("GET", f"/v25.0/{template_id}").body["status"] == "APPROVED")
    again = box.call("POST", f"/v25.0/{template_id}", {"components": [BODY]})
    assert again.body["error"]["error_subcode"] == 2388025


def test_blocks_pause_a_template_and_at_last_disable_it(start: Start, receiver: Receiver) -> None:
    config = {"review": {"people_needed": 20}, "phone_numbers": numbers(1)}
    box = start("--speed", "50", "--webhook-url", receiver.url, config=config)
    template_id = next(r["id"] for r in box.admin("GET", "/templates")["data"] if r["language"] == "en")
    people = [f"15557770{n:03d}00" for n in range(20)]
    for who in people:
        assert box.template(who).status == 200

    def status() -> str:
        return str(box.admin("GET", f"/templates/{template_id}")["status"])

    def told() -> list[str]:
        return [value["event"] for value in values(receiver) if "event" in value]

    box.admin("POST", f"/people/{people[0]}/block")
    assert status() == "PAUSED"
    # Webhooks overtake each other: the next is caused once this one has come.
    receiver.wait(lambda: "PAUSED" in told())
    assert box.template(people[1]).code == 132015
    box.admin("POST", "/clock", {"advance_seconds": 3 * 3600 + 1})
    box.until(lambda: status() == "APPROVED")
    receiver.wait(lambda: "APPROVED" in told())
    box.admin("POST", f"/people/{people[2]}/block")
    box.admin("POST", f"/people/{people[3]}/block")
    assert status() == "PAUSED"
    box.admin("POST", f"/templates/{template_id}/unpause")
    box.admin("POST", f"/templates/{template_id}/pause")
    assert status() == "DISABLED"
    assert box.template(people[1]).code == 132016
    receiver.wait(lambda: "DISABLED" in told())
    assert any(v.get("new_quality_score") == "RED" for v in values(receiver))


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_an_ended_pause_forgot_is_forgotten_after_a_restart(
    start: Start, tmp_path: Path, by_hand: bool
) -> None:
    flags = ("--speed", "50", "--ledger", str(tmp_path / "ledger.jsonl"))
    config = {"review": {"people_needed": 20}, "phone_numbers": numbers(1)}
    box = start(*flags, config=config)
    template_id = next(r["id"] for r in box.admin("GET", "/templates")["data"] if r["language"] == "en")
    people = [f"15557770{n:03d}00" for n in range(40)]
    for who in people:
        assert box.template(who).status == 200
    for who in people[:2]:
        box.admin("POST", f"/people/{who}/block")
    path = f"/templates/{template_id}"
    assert box.admin("GET", path)["status"] == "PAUSED"
    if by_hand:
        box.admin("POST", f"{path}/unpause")
    else:
        box.admin("POST", "/clock", {"advance_seconds": 3 * 3600 + 1})
    box.until(lambda: box.admin("GET", path)["status"] == "APPROVED")
    box.kill()
    again = start(*flags, config=config)
    again.admin("POST", f"/people/{people[2]}/block")
    now = again.admin("GET", path)
    assert (now["quality"], now["status"]) == ("YELLOW", "APPROVED"), "one block of forty since the pause"


def send(box: Running, name: str) -> Reply:
    template = {"name": name, "language": {"code": "en_US"}}
    return box.send({"to": "15556660001", "type": "template", "template": template})


def values(receiver: Receiver) -> list[dict[str, Any]]:
    found = []
    for _, raw in list(receiver.posts):
        for entry in json.loads(raw)["entry"]:
            found += [c["value"] for c in entry["changes"] if "message_template_id" in c["value"]]
            assert "time" in entry or "messages" in [c["field"] for c in entry["changes"]]
    return found
