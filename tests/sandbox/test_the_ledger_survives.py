"""kill -9, restarts, torn lines, epochs, duplicates."""

import json
import threading
from pathlib import Path

import pytest
from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import RequestError

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PHONE, WABA, Running, Start, numbers

DAY = 86_400


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "books" / "ledger.jsonl"


def test_nothing_that_was_answered_is_lost_by_a_kill(start: Start, ledger: Path) -> None:
    box = start("--ledger", str(ledger), config={"phone_numbers": numbers(1)})
    answered: list[str] = []

    def pour(lane: int) -> None:
        client = SyncClientBuilder().no_proxy().build()
        one = Running(box.process, box.url, client)
        try:
            for n in range(100_000):
                answered.append(one.template(f"1555{lane:02d}{n:05d}00").wamid)
        except RequestError:
            client.close()

    lanes = [threading.Thread(target=pour, args=(lane,)) for lane in range(4)]
    for lane in lanes:
        lane.start()
    box.until(lambda: len(answered) > 300)
    box.kill()
    for lane in lanes:
        lane.join()
    again = start("--ledger", str(ledger), config={"phone_numbers": numbers(1)})
    known = {row["wamid"] for row in again.rows()}
    assert set(answered) <= known
    assert len(known) - len(answered) <= 4, "at most those whose answers were under way"
    fresh = again.template("15559999900").wamid
    assert fresh not in known


def test_windows_limits_and_settings_are_known_after_a_restart(start: Start, ledger: Path) -> None:
    box = start("--ledger", str(ledger))
    box.admin("PATCH", "/limits", {"outside_window": "refuse"})
    box.admin("PUT", "/portfolios/100100100100100", {"limit": 1})
    box.admin("POST", "/inbound", {"from": "15551230001", "text": "hi"})
    box.admin("PUT", "/people/15551230003", {"behaviour": "absent_sync"})
    for n in range(45):
        assert box.template("15551230002", value=str(n)).status == 200
    before = box.admin("GET", "/ledger")
    box.kill()
    again = start("--ledger", str(ledger))
    assert again.text("15551230001").status == 200
    assert again.text("15551230004").code == 131047
    assert again.template("15551230002").code == 131056
    assert again.template("15551230003").code == 131026
    after = again.admin("GET", "/ledger")
    assert after["accepted"] == before["accepted"] + 1
    assert after["limits_seen"]["most_unique_people_in_24_hours"] == {"100100100100100": 1}
    assert again.admin("GET", "/limits")["outside_window"] == "refuse"


def test_receipts_not_delivered_before_a_kill_come_after_it(
    start: Start, ledger: Path, receiver: Receiver
) -> None:
    receiver.status = 500
    flags = ("--ledger", str(ledger), "--speed", "20", "--webhook-url", receiver.url)
    box = start(*flags)
    wamids = [box.template(f"15551231{n:03d}", biz=f"b{n}").wamid for n in range(0, 40)]
    inbound = box.admin("POST", "/inbound", {"from": "15551239900", "text": "hi"})["id"]
    box.until(lambda: box.admin("GET", "/ledger")["by_status"].get("sent", 0) < 20)
    box.kill()
    assert not receiver.posts
    receiver.status = 200
    start(*flags)
    for number, wamid in enumerate(wamids):
        assert receiver.wait_status(wamid, "read")["biz_opaque_callback_data"] == f"b{number}"
        assert sorted(receiver.statuses(wamid)) == ["delivered", "read", "sent"]
    assert [message["id"] for message, _ in receiver.values("messages")] == [inbound]


def test_what_was_delivered_is_not_told_again(start: Start, ledger: Path, receiver: Receiver) -> None:
    flags = ("--ledger", str(ledger), "--speed", "50", "--webhook-url", receiver.url)
    box = start(*flags)
    box.template("15551230082")  # one who answers
    box.until(lambda: len(receiver.posts) == 4 and box.admin("GET", "/idle")["idle"])
    assert box.stop() == 0
    again = start(*flags)
    again.template("15551230000")
    receiver.wait(lambda: len(receiver.posts) == 7)
    again.until(lambda: again.admin("GET", "/idle")["idle"])
    assert len(receiver.posts) == 7


def test_news_of_an_account_not_delivered_before_a_kill_come_once_after_it(
    start: Start, ledger: Path, receiver: Receiver
) -> None:
    def told() -> list[str]:
        return [
            change["field"]
            for _, raw in list(receiver.posts)
            for entry in json.loads(raw)["entry"]
            for change in entry["changes"]
        ]

    receiver.status = 500
    flags = ("--ledger", str(ledger), "--webhook-url", receiver.url)
    box = start(*flags)
    box.admin("PUT", "/portfolios/100100100100100", {"limit": 2_000})
    box.kill()
    assert told() == []
    receiver.status = 200
    again = start(*flags)
    receiver.wait(lambda: told() == ["business_capability_update"])
    again.until(lambda: again.admin("GET", "/idle")["idle"])
    assert again.stop() == 0
    once_more = start(*flags)
    once_more.until(lambda: once_more.admin("GET", "/idle")["idle"])
    assert told() == ["business_capability_update"], "what was heard is not told again"


def test_what_no_other_line_tells_of_comes_once_after_a_kill(
    start: Start, ledger: Path, receiver: Receiver
) -> None:
    def told() -> list[str]:
        return sorted(
            change["field"]
            for _, raw in list(receiver.posts)
            for entry in json.loads(raw)["entry"]
            for change in entry["changes"]
        )

    who = "15558880001"
    receiver.status = 500
    flags = ("--ledger", str(ledger), "--webhook-url", receiver.url)
    config = {"webhooks": {"retry_first_seconds": 0.05, "retry_cap_seconds": 0.1}}
    box = start(*flags, config=config)
    echo = box.admin("POST", "/echoes", {"to": who, "text": "from the phone"})["id"]
    box.admin("POST", "/webhooks", {"sample": "account_update/DISABLE"})
    box.admin("POST", f"/people/{who}/marketing", {"value": "stop"})
    gone = {"waba_id": WABA, "display_phone_number": "+1 555-078-3999"}
    box.admin("PUT", "/phone_numbers/20654035224299", gone)
    box.admin("POST", "/echoes", {"to": who, "text": "of no number", "phone_number_id": "20654035224299"})
    box.admin("DELETE", "/phone_numbers/20654035224299")
    receiver.wait(lambda: receiver.refused)
    box.kill()
    assert told() == []
    receiver.status = 200
    again = start(*flags, config=config)
    expected = ["account_update", "smb_message_echoes", "user_preferences"]
    receiver.wait(lambda: len(told()) == len(expected))
    again.until(lambda: again.admin("GET", "/idle")["idle"])
    assert told() == expected
    ((message, value),) = receiver.values("message_echoes")
    assert (message["id"], message["text"]["body"]) == (echo, "from the phone")
    assert value["metadata"]["phone_number_id"] == PHONE
    assert value["contacts"][0]["wa_id"] == who
    assert again.stop() == 0
    once_more = start(*flags, config=config)
    once_more.until(lambda: once_more.admin("GET", "/idle")["idle"])
    assert told() == expected, "what was heard is not told again"


def test_a_torn_last_line_is_passed_over(start: Start, ledger: Path) -> None:
    box = start("--ledger", str(ledger))
    box.template("15551230001")
    box.stop()
    with ledger.open("ab") as file:
        file.write(b'{"k":"accepted","n":2,"wam')
    again = start("--ledger", str(ledger))
    again.template("15551230002")
    again.stop()
    third = start("--ledger", str(ledger))
    assert [row["to"] for row in third.rows()] == ["15551230001", "15551230002"]
    lines = ledger.read_text().splitlines()
    assert sum(line.startswith('{"k":"start"') for line in lines) == 3, "no line was glued to the torn one"


def test_duplicates_are_counted(start: Start, ledger: Path) -> None:
    box = start("--ledger", str(ledger))
    for biz in ("a", "b", "a", "a", None, None):
        box.template("15551230001", value=f"text {biz}", biz=biz)
    box.template("15551230002", value="text a", biz="a")
    expected = {
        "same_number_person_and_biz_opaque_callback_data": {"groups": 1, "extra_messages": 2},
        "same_person_and_content": {"groups": 2, "extra_messages": 3},
    }
    assert box.admin("GET", "/ledger")["duplicates"] == expected
    listed = box.admin("GET", "/ledger/duplicates")
    assert listed["groups"] == 1
    assert [n for n, _ in listed["data"][0]["messages"]] == [1, 3, 4]
    box.kill()
    assert start("--ledger", str(ledger)).admin("GET", "/ledger")["duplicates"] == expected


def test_a_new_epoch_begins_with_empty_books(start: Start, ledger: Path) -> None:
    box = start("--ledger", str(ledger))
    first = box.template("15551230001").wamid
    assert box.admin("DELETE", "/ledger") == {"epoch": 2}
    assert box.rows() == []
    second = box.template("15551230001").wamid
    assert second != first
    box.kill()
    again = start("--ledger", str(ledger))
    assert [row["wamid"] for row in again.rows()] == [second]
    assert again.admin("GET", "/ledger")["epoch"] == 2
    kinds = [json.loads(line)["k"] for line in ledger.read_text().splitlines()]
    assert kinds.count("accepted") == 2, "the file keeps the old epoch"


def test_messages_are_read_in_parts(shared: Running) -> None:
    shared.admin("DELETE", "/ledger")
    for n in range(5):
        shared.template(f"155512380{n:02d}")
    part = shared.call("GET", "/admin/ledger/messages?after=2&limit=2").body.splitlines()
    assert [json.loads(line)["n"] for line in part] == [3, 4]
    assert json.loads(part[0])["phone_number_id"] == PHONE


def test_messages_of_odd_shapes_are_kept_and_read_again(start: Start, ledger: Path) -> None:
    """A test may make a person send anything; the books are still read at the next start."""
    box = start("--ledger", str(ledger))
    odd = (
        {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": 5}},
        {"type": "reaction", "reaction": {"emoji": "x"}},
        {"type": "reaction", "reaction": 5},
        {"type": "edit", "edit": {"original_message_id": 5, "message": 7}},
        {"type": "revoke", "revoke": []},
    )
    for message in odd:
        answer = box.call("POST", "/admin/inbound", {"from": "201000000001", "message": message})
        assert answer.status == 201, message
    box.process.kill()
    box.process.wait()
    again = start("--ledger", str(ledger))
    assert again.call("GET", "/admin/idle").status == 200
