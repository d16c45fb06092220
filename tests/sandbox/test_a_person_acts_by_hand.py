"""What the page does for a person: write, tap, read, block, stop; what the ledger keeps of it; the webhook log."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.receiving import Receiver, signature
from tests.sandbox.running import PHONE, Reply, Running, Start, numbers

WHO = "15558880001"
LIST = {
    "type": "list",
    "body": {"text": "choose"},
    "action": {
        "button": "Menu",
        "sections": [{"rows": [{"id": "r1", "title": "One"}, {"id": "r2", "title": "Two"}]}],
    },
}


def act(box: Running, what: str, who: str = WHO, **data: Any) -> Reply:
    return box.call("POST", f"/admin/people/{who}/{what}", data)


def talk(box: Running, who: str = WHO) -> Any:
    return box.admin("GET", f"/conversations/{PHONE}/{who}")


def test_a_conversation_as_the_phone_shows_it(box: Running) -> None:
    first = act(box, "text", text="hello").body["id"]
    wamid = box.send(
        {"to": WHO, "type": "interactive", "interactive": LIST, "context": {"message_id": first}}
    ).wamid
    assert [row["title"] for row in talk(box)["bubbles"][-1]["choices"]] == ["One", "Two"]
    assert talk(box)["bubbles"][-1]["quoted"] == first
    tapped = act(box, "tap", wamid=wamid, choice="Two").body["message"]
    assert tapped["interactive"]["list_reply"] == {"id": "r2", "title": "Two"}
    assert tapped["context"]["id"] == wamid
    assert act(box, "tap", wamid=wamid, choice="Three").status == 400
    assert act(box, "tap", wamid=first).status == 400
    act(box, "reaction", wamid=wamid, emoji="😀")
    assert talk(box)["bubbles"][1]["reactions"] == {"person": "😀"}
    act(box, "edit", wamid=first, text="hello there")
    bubble = talk(box)["bubbles"][0]
    assert (bubble["text"], bubble["edited"]) == ("hello there", True)
    act(box, "revoke", wamid=first)
    assert talk(box)["bubbles"][0]["deleted"]
    assert act(box, "revoke", wamid=wamid).status == 400
    assert act(box, "stop").body["message"]["text"]["body"] == "STOP"
    assert box.admin("GET", "/conversations")["data"][0]["wa_id"] == WHO
    assert box.call("GET", f"/admin/conversations/{PHONE}/15558889999").status == 404
    assert act(box, "dance").status == 400


def ask(box: Running, kind: str, name: str) -> str:
    asked = {"type": kind, "body": {"text": "Please?"}, "action": {"name": name}}
    return box.send({"to": WHO, "type": "interactive", "interactive": asked}).wamid


def test_a_place_and_a_contact_are_given_when_asked_for(box: Running) -> None:
    act(box, "text", text="hello")
    place = ask(box, "location_request_message", "send_location")
    contact = ask(box, "request_contact_info", "request_contact_info")
    choices = [bubble["choices"][0]["kind"] for bubble in talk(box)["bubbles"][-2:]]
    assert choices == ["location", "contact"]
    sent = act(box, "tap", wamid=place).body["message"]
    assert (sent["type"], sent["location"]["name"]) == ("location", "The office")
    assert sent["context"]["id"] == place
    sent = act(box, "tap", wamid=contact, choice="Share contact").body["message"]
    assert sent["contacts"][0]["phones"] == [{"phone": f"+{WHO}", "wa_id": WHO, "type": "MOBILE"}]
    assert sent["context"]["id"] == contact


def test_pictures_can_be_uploaded_and_seen(box: Running) -> None:
    sent = act(
        box, "media", kind="document", base64="aGVsbG8=", mime_type="text/plain", filename="a.txt"
    ).body
    reply = box.call("GET", f"/admin/media/{sent['message']['document']['id']}")
    assert reply.body == "hello"
    assert reply.headers["content-disposition"] == "attachment"
    assert act(box, "media", kind="image", base64="?").status == 400
    assert act(box, "media", kind="song").status == 400


def test_reading_by_hand_comes_once_also_over_a_restart(
    start: Start, receiver: Receiver, tmp_path: Path
) -> None:
    flags = ("--ledger", str(tmp_path / "l"), "--webhook-url", receiver.url, "--speed", "10")
    box = start(*flags, config={"people": {"overrides": {WHO: "by_hand"}}})
    wamid = box.template(WHO).wamid
    receiver.wait_status(wamid, "delivered")
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    receiver.status = 500
    assert act(box, "read").body == {"read": [wamid]}
    assert act(box, "read").body == {"read": []}
    box.until(lambda: box.admin("GET", f"/ledger/messages/{wamid}")["status"] == "read")
    box.kill()
    receiver.status = 200
    start(*flags)
    receiver.wait_status(wamid, "read")
    # Several are under way at once, so the order of the first two is not promised; that each comes once is.
    assert sorted(receiver.statuses(wamid)) == ["delivered", "read", "sent"]


def test_reading_by_hand_replaces_what_was_planned(start: Start, receiver: Receiver) -> None:
    box = start("--webhook-url", receiver.url, config={"people": {"overrides": {WHO: "slow"}}})
    wamid = box.template(WHO).wamid
    assert act(box, "read").body["read"] == [wamid]
    receiver.wait_status(wamid, "read")
    box.admin("POST", "/clock", {"advance_seconds": 600})
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    assert sorted(receiver.statuses(wamid)) == ["delivered", "read", "sent"]  # several are under way at once


def test_blocks_and_preferences_hold_after_a_restart(start: Start, tmp_path: Path) -> None:
    ledger = str(tmp_path / "l")
    box = start("--ledger", ledger, "--speed", "50", config={"phone_numbers": numbers(1)})
    act(box, "block", "15558880002")
    act(box, "block", "15558880003")
    act(box, "unblock", "15558880003")
    act(box, "marketing", "15558880004", value="stop")
    box.admin("PUT", "/people/15558880005", {"username": "ann", "hides_number": True})
    act(box, "text", "15558880006", text="hi")
    box.call(
        "POST",
        f"/v25.0/{PHONE}/block_users",
        {"messaging_product": "whatsapp", "block_users": [{"user": "15558880006"}]},
    )
    assert box.call("PUT", "/admin/people/15558880007", {"hides_number": True}).status == 400
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    box.stop()
    again = start("--ledger", ledger, "--speed", "50", config={"phone_numbers": numbers(1)})
    assert again.admin("GET", "/people/15558880002")["blocked_numbers"] == [PHONE]
    assert again.admin("GET", "/people/15558880003")["blocked_numbers"] == []
    assert again.admin("GET", "/people/15558880004")["stopped_marketing_of"] == [PHONE]
    assert again.admin("GET", "/people/15558880005")["username"] == "ann"
    assert again.admin("GET", "/people/15558880006")["blocked_by"] == [PHONE]
    again.admin("PUT", f"/templates/{english(again)}", {"category": "MARKETING"})
    for who, code in (("15558880002", 131049), ("15558880004", 131050)):
        wamid = again.template(who).wamid
        again.until(lambda wamid=wamid: again.admin("GET", f"/ledger/messages/{wamid}")["status"] == "failed")
        assert again.admin("GET", f"/ledger/messages/{wamid}")["code"] == code


def english(box: Running) -> str:
    return next(row["id"] for row in box.admin("GET", "/templates")["data"] if row["language"] == "en")


def test_marketing_is_capped_for_each_person(start: Start) -> None:
    limits = {"marketing_per_person": 2, "us_marketing": "fail_later"}
    box = start("--speed", "50", config={"limits": limits, "phone_numbers": numbers(2)})
    box.admin("PUT", f"/templates/{english(box)}", {"category": "MARKETING"})
    phones = [row["id"] for row in box.admin("GET", "/phone_numbers")["data"]]
    sent = [box.template("972500000001", phone=phone).wamid for phone in (*phones, phones[0])]
    sent.append(box.template("15558880001").wamid)
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    codes = [box.admin("GET", f"/ledger/messages/{wamid}")["code"] for wamid in sent]
    assert codes == [None, None, 131049, 131049]
    box.admin("POST", "/clock", {"advance_seconds": 86_401})
    later = box.template("972500000001").wamid
    box.until(lambda: box.admin("GET", f"/ledger/messages/{later}")["status"] == "read")
    assert box.admin("GET", "/ledger")["limits_seen"]["overruns"] == {"marketing_per_person": 1}


@pytest.mark.parametrize(
    ("who", "capped"),
    [
        ("4915112345601", False),  # Germany
        ("3546112301", False),  # Iceland: in the EEA, not in the EU
        ("447400123401", False),
        ("819012345601", False),
        ("821012345601", False),
        ("41781234501", True),  # Switzerland is not in the EEA
        ("201001234501", True),
    ],
)
def test_where_meta_does_not_cap_marketing_nobody_is_capped(box: Running, who: str, capped: bool) -> None:
    box.admin("PATCH", "/limits", {"marketing_per_person": 1})
    template = f"/templates/{english(box)}"
    before = box.admin("GET", template)["category"]
    box.admin("PUT", template, {"category": "MARKETING"})
    sent = [box.template(who).wamid for _ in range(2)]
    box.admin("PUT", template, {"category": before})
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    codes = [box.admin("GET", f"/ledger/messages/{wamid}")["code"] for wamid in sent]
    assert codes == [None, 131049 if capped else None]
    overruns = box.admin("GET", "/ledger")["limits_seen"]["overruns"]
    assert overruns == ({"marketing_per_person": 1} if capped else {})


def test_a_person_from_an_ad_is_free_for_three_days(start: Start, receiver: Receiver) -> None:
    box = start("--speed", "50", "--webhook-url", receiver.url)
    act(box, "sample", sample="text/referral")
    status = receiver.wait_status(box.text(WHO).wamid, "sent")
    assert (status["pricing"]["type"], status["pricing"]["billable"]) == ("free_entry_point", False)
    box.admin("POST", "/clock", {"advance_seconds": 72 * 3600 + 1})
    status = receiver.wait_status(box.template(WHO).wamid, "sent")
    assert (status["pricing"]["type"], status["pricing"]["billable"]) == ("regular", True)


def test_a_logged_webhook_is_sent_again_unchanged(start: Start, receiver: Receiver) -> None:
    box = start("--webhook-url", receiver.url)
    act(box, "text", text="hello")
    receiver.wait(lambda: len(receiver.posts) == 1)
    row = box.until(lambda: next(iter(box.admin("GET", "/webhooks/log")["data"]), None))
    box.until(lambda: box.admin("GET", f"/webhooks/log/{row['id']}")["outcome"] == "delivered")
    whole = box.admin("GET", f"/webhooks/log/{row['id']}")
    assert whole["signature"] == signature(whole["body"].encode())
    box.admin("POST", f"/webhooks/log/{row['id']}/resend")
    receiver.wait(lambda: len(receiver.posts) == 2)
    assert receiver.posts[0][1] == receiver.posts[1][1]
    assert box.call("GET", "/admin/webhooks/log/999").status == 404
    assert box.call("POST", "/admin/webhooks", {"sample": "no/such"}).status == 400


OLD_LEDGER = [
    {"k": "epoch", "epoch": 1, "nonce": "0011223344556677", "at": 1_795_000_000.0},
    {"k": "start", "at": 1_795_000_000.0, "seed": 1},
    {"k": "change", "op": "put", "kind": "phone_numbers", "record": {"id": PHONE, "throughput": 20}},
    {"k": "change", "op": "person", "wa_id": "15558880009", "behaviour": "absent"},
    {
        "k": "accepted", "n": 1, "wamid": "wamid.old", "at": 1_795_000_001.0, "phone_number_id": PHONE, "to": "+15558880001",
        "wa_id": "15558880001", "biz_opaque_callback_data": "b", "type": "template", "category": "utility", "in_window": False,
        "sha256": "0" * 64, "behaviour": "reader", "steps": [["sent", 0.1, 0], ["read", 0.2, 0]], "marks": None, "text": "hi",
    },
    {
        "k": "inbound", "wamid": "wamid.in", "at": 1_795_000_002.0, "phone_number_id": PHONE, "wa_id": "15558880001", "name": "A",
        "step": None, "body": {"from": "15558880001", "id": "wamid.in", "timestamp": "1", "type": "text", "text": {"body": "yo"}},
    },
    {"k": "blocked", "wamid": "wamid.old", "phone_number_id": PHONE, "wa_id": "15558880001", "at": 1_795_000_003.0},
]  # fmt: skip


@pytest.fixture
def old_ledger(tmp_path: Path) -> Path:
    path = tmp_path / "old.jsonl"
    path.write_text("".join(json.dumps(fact) + "\n" for fact in OLD_LEDGER))
    return path


def test_a_ledger_of_the_first_version_is_read(start: Start, old_ledger: Path, receiver: Receiver) -> None:
    box = start("--ledger", str(old_ledger), "--webhook-url", receiver.url)
    receiver.wait_status("wamid.old", "read")
    assert [row["wamid"] for row in box.rows()] == ["wamid.old"]
    assert box.admin("GET", "/people/15558880001")["blocked_numbers"] == [PHONE]
    assert box.admin("GET", f"/phone_numbers/{PHONE}")["throughput"] == 20
    assert [bubble["text"] for bubble in talk(box)["bubbles"]] == ["hi", "yo"]
