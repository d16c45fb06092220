"""Every fault, seen from the client's side of the wire."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.receiving import Receiver
from tests.sandbox.running import PATIENCE_SECONDS, PHONE, TOKEN, Running
from wa_sandbox.faults.rules import Faults


@pytest.fixture
def box(shared: Running) -> Iterator[Running]:
    yield shared.fresh()
    shared.admin("DELETE", "/faults")


def fault(box: Running, effect: str, **options: Any) -> str:
    return box.admin("POST", "/faults", {"effect": effect, **options})["id"]


def sent_raw(box: Running, to: str, timeout: float) -> socket.socket:
    """A template sent over a socket of our own, on which the answer is to come."""
    body = json.dumps(
        {
            "messaging_product": "whatsapp",
            "to": to,
            "type": "template",
            "biz_opaque_callback_data": f"op-{to}",
            "template": {
                "name": "qafila_message",
                "language": {"code": "en"},
                "components": [{"type": "body", "parameters": [{"type": "text", "text": "x"}]}],
            },
        }
    ).encode()
    address = urlsplit(box.url)
    head = f"POST /v25.0/{PHONE}/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    wire = socket.create_connection((address.hostname, address.port), timeout=timeout)
    wire.sendall(head.encode() + body)
    return wire


def raw_template(box: Running, to: str, timeout: float = 5.0) -> tuple[bytes, bool, float]:
    """Send a template over a socket of our own: the bytes that came, whether it was reset, and seconds it took."""
    got, began = b"", time.monotonic()
    with sent_raw(box, to, timeout) as wire:
        while True:
            try:
                part = wire.recv(65536)
            except ConnectionResetError:
                return got, True, time.monotonic() - began
            except TimeoutError:
                return got, False, time.monotonic() - began
            got += part
            if not part or (b"\r\n\r\n" in got and _whole(got)):
                return got, False, time.monotonic() - began


def _whole(got: bytes) -> bool:
    head, _, body = got.partition(b"\r\n\r\n")
    size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return len(body) >= size


def test_processed_but_the_response_is_lost(box: Running) -> None:
    fault(box, "processed_but_response_lost", times=1)
    got, reset, _ = raw_template(box, "15551236001")
    assert (got, reset) == (b"", False)
    row = box.until(box.rows)[0]
    assert (row["to"], row["biz_opaque_callback_data"]) == ("15551236001", "op-15551236001")
    box.until(lambda: box.rows()[0]["status"] == "read")
    assert raw_template(box, "15551236002")[0].startswith(b"HTTP/1.1 200")
    assert box.admin("GET", "/ledger")["faults_fired"] == {"processed_but_response_lost": 1}


def test_the_lost_response_can_be_withheld_for_a_while(box: Running) -> None:
    fault(box, "processed_but_response_lost", seconds=0.3)
    got, _, took = raw_template(box, "15551236003")
    assert got == b""
    assert took >= 0.3
    assert len(box.rows()) == 1


def test_a_client_that_hangs_up_first_is_recorded_all_the_same(box: Running) -> None:
    fault(box, "processed_but_response_lost", seconds=30)
    assert raw_template(box, "15551236004", timeout=0.2)[0] == b""
    assert [row["to"] for row in box.rows()] == ["15551236004"]


def test_reset_before_processing(box: Running) -> None:
    fault(box, "reset_before")
    got, reset, _ = raw_template(box, "15551236005")
    assert (got, reset) == (b"", True)
    assert box.rows() == []


def test_black_hole(box: Running) -> None:
    fault(box, "black_hole", seconds=0.3)
    got, _, took = raw_template(box, "15551236006")
    assert got == b""
    assert took >= 0.3
    assert box.rows() == []


def test_delay(box: Running) -> None:
    fault(box, "delay", ms=200, jitter_ms=50)
    got, _, took = raw_template(box, "15551236007")
    assert got.startswith(b"HTTP/1.1 200")
    assert took >= 0.2


def test_a_delay_differs_from_match_to_match_and_follows_the_seed() -> None:
    def waits(seed: int) -> list[float]:
        faults = Faults(seed)
        faults.add({"effect": "delay", "ms": 200, "jitter_ms": 50})
        return [
            faults.fire(edge="messages", number_id=PHONE, to="1", now=0.0)[0].wait_seconds(seed)
            for _ in range(2)
        ]

    first, second = waits(7)
    assert first != second
    assert 0.2 <= min(first, second) <= max(first, second) < 0.25
    assert waits(7) == [first, second]
    assert waits(8) != [first, second]


def test_a_delay_after_the_work_holds_the_answer_only(box: Running) -> None:
    fault(box, "delay", ms=3_600_000, after=True)
    with sent_raw(box, "15551236019", timeout=PATIENCE_SECONDS) as wire:
        assert box.until(box.rows)[0]["to"] == "15551236019"
        box.until(lambda: box.rows()[0]["status"] == "read")
        wire.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.recv(1)


def test_half_an_answer(box: Running) -> None:
    fault(box, "truncate")
    got, _, _ = raw_template(box, "15551236008")
    assert got.startswith(b"HTTP/1.1 200")
    assert not _whole(got)
    assert len(got.partition(b"\r\n\r\n")[2]) > 20
    assert len(box.rows()) == 1


@pytest.mark.parametrize("processed", [False, True])
def test_bare_500(box: Running, processed: bool) -> None:
    fault(box, "http_500_bare", processed=processed)
    reply = box.template("15551236009")
    assert (reply.status, reply.body) == (500, "")
    assert len(box.rows()) == int(processed)


def test_a_proxys_502(box: Running) -> None:
    fault(box, "html_502")
    reply = box.template("15551236010")
    assert reply.status == 502
    assert "text/html" in reply.headers["content-type"]
    assert box.rows() == []


def test_slow_drip(box: Running) -> None:
    fault(box, "slow_drip", seconds=0.3, pieces=3)
    got, _, took = raw_template(box, "15551236011")
    assert took >= 0.3
    assert json.loads(got.partition(b"\r\n\r\n")[2])["messages"]


@pytest.mark.parametrize(("code", "status"), [(131016, 503), (190, 401), (131048, 400), (999999, 400)])
def test_any_code_at_once(box: Running, code: int, status: int) -> None:
    fault(box, "error_code", code=code)
    reply = box.template("15551236012")
    assert (reply.status, reply.code) == (status, code)
    assert box.rows() == []
    assert box.admin("GET", "/ledger")["refused_by_code"] == {str(code): 1}


def test_any_code_later(box: Running) -> None:
    fault(box, "error_code", code=131049, later=True)
    assert box.template("15551236013").status == 200
    box.until(lambda: box.rows()[0]["code"] == 131049)


def test_throttle(box: Running) -> None:
    fault(box, "throttle", times=2)
    assert [box.template("15551236014").code for _ in range(3)] == [130429, 130429, None]
    fault(box, "throttle", code=80007, times=1)
    assert box.template("15551236014").status == 429


def test_patterns_counts_and_switches(box: Running) -> None:
    third = fault(box, "http_500_bare", every=3, to="*15")
    statuses = [box.template(f"1555123{n}15", value=str(n)).status for n in range(60, 66)]
    assert statuses == [200, 200, 500, 200, 200, 500]
    assert box.template("15551236016").status == 200
    box.admin("PATCH", f"/faults/{third}", {"enabled": False})
    assert {box.template(f"1555124{n}15").status for n in range(60, 66)} == {200}
    box.admin("DELETE", f"/faults/{third}")
    assert box.admin("GET", "/faults")["data"] == []


def test_probability_is_drawn_from_the_seed(box: Running) -> None:
    def hits() -> list[int]:
        box.admin("POST", "/faults", {"effect": "http_500_bare", "id": "p", "probability": 0.5})
        return [box.template(f"15551247{n:03d}").status for n in range(90)]

    first = hits()
    assert 20 < first.count(500) < 70
    assert hits() == first


def hits(faults: Faults, times: list[float], to: str = "1") -> list[bool]:
    return [bool(faults.fire(edge="messages", number_id=PHONE, to=to, now=now)) for now in times]


def test_at_most_so_many_a_second_are_hit() -> None:
    faults = Faults(1)
    faults.add({"effect": "throttle", "per_second": 2})
    assert hits(faults, [0.0, 0.1, 0.2, 0.3]) == [True, True, False, False]
    assert hits(faults, [1.05, 1.06, 1.2]) == [True, False, True]


def test_calls_beyond_so_many_a_second_are_hit() -> None:
    faults = Faults(1)
    faults.add({"effect": "error_code", "code": 80007, "above_per_second": 2, "to": "1*"})
    assert hits(faults, [0.0, 0.1], to="2") == [False, False]
    assert hits(faults, [0.2, 0.3, 0.4, 0.5]) == [False, False, True, True]
    assert hits(faults, [1.45, 1.6, 1.7, 3.0]) == [False, False, True, False]
    faults.add({"effect": "throttle", "above_per_second": 0, "times": 1})
    assert hits(faults, [9.0, 9.1], to="2") == [True, False]


@pytest.mark.parametrize("code", [4, 17, 80007, 80008])
def test_too_many_calls(box: Running, code: int) -> None:
    fault(box, "error_code", code=code, above_per_second=1, on="any")
    path = f"/v25.0/{PHONE}?fields=id"
    assert box.call("GET", path).status == 200
    refused = box.until(lambda: next((r for r in [box.call("GET", path)] if r.status != 200), None))
    assert (refused.status, refused.code) == (429, code)


def test_a_wrong_rule_is_refused(box: Running) -> None:
    for rule in (
        {"effect": "magic"},
        {"effect": "delay", "speed": 1},
        {"effect": "error_code"},
        {"effect": "delay", "every": 0},
        {"effect": "delay", "per_second": 0},
        {"effect": "delay", "above_per_second": -1},
    ):
        assert box.call("POST", "/admin/faults", rule).status == 400


def test_webhooks_lost_and_doubled_and_overtaking(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    fault(box, "webhook_lost", to="*01")
    fault(box, "webhook_duplicated", to="*02", copies=3)
    fault(box, "webhook_delayed", to="*03", ms=10, jitter_ms=200)
    lost, doubled, late = (box.template(f"155512370{n:02d}").wamid for n in (1, 2, 3))
    receiver.wait(lambda: len(receiver.statuses(doubled)) == 9 and len(receiver.statuses(late)) == 3)
    assert receiver.statuses(lost) == []
    assert box.until(lambda: box.rows()[0]["status"] == "read")


def test_delayed_webhooks_are_waited_for_moved_and_forgotten(box: Running, receiver: Receiver) -> None:
    box.admin("PUT", "/webhook", {"url": receiver.url})
    fault(box, "webhook_delayed", to="*03", ms=60_000)

    def late() -> str:
        wamid = box.template("15551237003").wamid
        box.until(lambda: box.admin("GET", f"/ledger/messages/{wamid}")["status"] == "read")
        assert box.until(lambda: box.admin("GET", "/idle")["webhooks_waiting"] == 3)
        assert not box.admin("GET", "/idle")["idle"]
        return str(wamid)

    moved = late()
    assert receiver.statuses(moved) == []
    box.admin("POST", "/clock", {"advance_seconds": 60})
    receiver.wait(lambda: len(receiver.statuses(moved)) == 3)
    box.until(lambda: box.admin("GET", "/idle")["idle"])
    forgotten = late()
    box.admin("DELETE", "/ledger")
    assert box.admin("GET", "/idle")["idle"]
    box.admin("POST", "/clock", {"advance_seconds": 60})
    heard = box.template("15551237000").wamid
    receiver.wait(lambda: len(receiver.statuses(heard)) == 3)
    assert receiver.statuses(forgotten) == []
