"""A contract over the API, in the user's own names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.alerts.models import Alert
from qafila.dispatch.actions import HELD_CONTENT
from qafila.dispatch.consequences import hold_for_content
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

Post = Callable[..., dict[str, Any]]


def test_a_posted_contract_is_pending_and_counts_every_row(posted: Post, call: Any) -> None:
    made = posted(5)
    assert made["id"].startswith("contract_")
    assert (made["totalCount"], made["status"], made["accepted"], made["rejected"]) == (5, "PENDING", 5, [])
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["status"], seen["totalCount"], seen["states"]["queued"]) == ("PENDING", 5, 5)
    assert seen["createdAt"].endswith("Z")
    assert seen["import"] is None


def test_bad_rows_are_books_too_and_reported(posted: Post, call: Any) -> None:
    rows = [
        {"phoneNumber": "79991234567", "message": "one"},
        {"phoneNumber": "12", "message": "two"},
        {"phoneNumber": "79991234567", "message": "one"},
        {"phoneNumber": "79991234567", "message": "another"},
        {"phoneNumber": 79991234567, "message": "a number, not a text"},
        {"phoneNumber": "79991234568"},
        {"phoneNumber": "79991234568", "message": "x" * 4097},
        {"phoneNumber": "79991234568", "message": "nul \x00 inside"},
        "no object",
        {"phoneNumber": "79991234569", "message": "typo", "mesage": "x"},
    ]
    made = posted(rows=rows)
    assert made["totalCount"] == 10
    assert made["accepted"] == 2
    assert [(r["row"], r["code"]) for r in made["rejected"]] == [
        (2, "phone.too_short"),
        (3, "duplicate"),
        (5, "wrong_type"),
        (6, "message_empty"),
        (7, "message_too_long"),
        (8, "nul_byte"),
        (9, "wrong_type"),
        (10, "unknown_field"),
    ]
    assert all(r["message"] for r in made["rejected"])
    assert made["rejected"][0]["phoneNumber"] == "12"
    assert [w["code"] for w in made["warnings"]] == ["same_number_other_text"]
    assert made["warnings"][0]["rows"] == [[4, 1]]
    stats = call.get(f"/api/contracts/{made['id']}/stats").json()
    assert (stats["total"], stats["failed"], len(stats["failedPhoneNumbers"])) == (10, 8, 8)
    first = stats["failedPhoneNumbers"][0]
    assert (first["phoneNumber"], first["errorMessage"], first["attempts"]) == ("12", "Invalid number", 0)


def test_half_a_surrogate_pair_is_a_fault_of_its_row(call: Any, phone_linked_sender: Sender) -> None:
    rows = (
        '[{"phoneNumber": "79991234567", "message": "half \\ud83d"},'
        ' {"phoneNumber": "79991234568", "message": "whole \\ud83d\\ude00"}]'
    )
    raw = f'{{"accountId": "{phone_linked_sender.public_id}", "name": "x", "recipients": {rows}}}'
    answer = call("POST", "/api/contracts", raw=raw.encode())
    assert answer.status_code == 201, answer.content
    assert [(r["row"], r["code"], r["field"]) for r in answer.json()["rejected"]] == [
        (1, "bad_encoding", "message")
    ]


def test_strict_takes_all_rows_or_none(call: Any, phone_linked_sender: Sender) -> None:
    body = {
        "accountId": str(phone_linked_sender.public_id),
        "name": "Strict",
        "strict": True,
        "recipients": [{"phoneNumber": "79991234567", "message": "a"}, {"phoneNumber": "1", "message": "b"}],
    }
    answer = call.post("/api/contracts", body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "strict_rejected"
    assert [(d["row"], d["code"]) for d in error["details"]] == [(2, "phone.too_short")]
    assert Batch.objects.count() == 0


def test_start_pause_start_and_delete(posted: Post, call: Any) -> None:
    contract = posted()["id"]
    started = call.post(f"/api/contracts/{contract}/start")
    assert (started.status_code, started.json()["status"]) == (200, "IN_PROGRESS")
    again = call.post(f"/api/contracts/{contract}/start")
    assert (again.status_code, again.json()["status"]) == (200, "IN_PROGRESS")
    assert call.post(f"/api/contracts/{contract}/pause").json() == {"id": contract, "status": "PAUSED"}
    assert call.post(f"/api/contracts/{contract}/start").json()["status"] == "IN_PROGRESS"
    deleted = call("DELETE", f"/api/contracts/{contract}")
    assert deleted.json() == {"id": contract, "status": "PAUSED", "deleted": True}
    assert Batch.objects.get().state == BatchState.CANCELLED
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/start"),
        ("POST", "/pause"),
        ("GET", "/stats"),
    ):
        assert call(method, f"/api/contracts/{contract}{path}").status_code == 404


def test_what_is_held_for_its_texts_is_freed_by_resume_alone(posted: Post, call: Any) -> None:
    """Requirements: start again is 200 without effect; neither that nor pause and start is somebody who looked at the text."""
    path = f"/api/contracts/{posted()['id']}"
    call.post(f"{path}/start")
    batch, now = Batch.objects.get(), datetime.now(UTC)
    code = "cloud_api.132001"
    hold_for_content(business_id=batch.business_id, batch_id=batch.pk, code=code, now=now)
    open_ones = Alert.objects.filter(code=HELD_CONTENT, closed_at=None)
    for act in ("start", "start", "pause", "start"):
        answer = call.post(f"{path}/{act}").json()
        assert answer["status"] == "PAUSED"
        if act == "start":
            (said,) = answer["warnings"]
            assert said["code"] == "campaign_held_content"
            assert "template" in said["cause"]
            assert "resume" in said["step"]
        assert call.get(path).json()["holdReason"]["code"] == code
    assert open_ones.count() == 1
    let_go = call.post(f"{path}/resume").json()
    assert (let_go["status"], let_go["warnings"]) == ("IN_PROGRESS", [])
    assert call.get(path).json()["holdReason"] is None
    assert not open_ones.exists()
    hold_for_content(business_id=batch.business_id, batch_id=batch.pk, code=code, now=now)
    assert open_ones.count() == 1
    call("DELETE", path)
    assert not open_ones.exists()


def test_the_same_contract_again_waits_for_a_confirmation(posted: Post, call: Any) -> None:
    first, second = posted(), posted(name="Again")
    assert first["possibleDuplicateOf"] is None
    assert second["possibleDuplicateOf"] == first["id"]
    refused = call.post(f"/api/contracts/{second['id']}/start")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "possible_duplicate")
    assert first["id"] in refused.json()["error"]["cause"]
    confirmed = call.post(f"/api/contracts/{second['id']}/start", {"confirmDuplicate": True})
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "IN_PROGRESS")
    third = posted(name="Once more")
    assert call.post(f"/api/contracts/{third['id']}/start?confirm=true").status_code == 200


def test_a_twin_that_was_deleted_unsent_is_no_duplicate(posted: Post, call: Any) -> None:
    first = posted()
    second = posted()
    call("DELETE", f"/api/contracts/{first['id']}")
    assert call.post(f"/api/contracts/{second['id']}/start").status_code == 200
    assert posted()["possibleDuplicateOf"] == second["id"]


def test_contracts_are_listed_by_account_and_status_in_stable_pages(
    posted: Post, call: Any, phone_linked_sender: Sender
) -> None:
    ids = [posted(rows=[{"phoneNumber": "79991234567", "message": str(n)}])["id"] for n in range(5)]
    call.post(f"/api/contracts/{ids[1]}/start")
    account = phone_linked_sender.public_id
    listed = call.get(f"/api/contracts?accountId={account}").json()["contracts"]
    assert [c["id"] for c in listed] == ids[::-1]
    running = call.get("/api/contracts?status=IN_PROGRESS").json()["contracts"]
    assert [c["id"] for c in running] == [ids[1]]
    page = call.get("/api/contracts?limit=2").json()
    posted(rows=[{"phoneNumber": "79991234567", "message": "new"}])
    rest = call.get(f"/api/contracts?limit=10&after={page['nextAfter']}").json()
    assert [c["id"] for c in page["contracts"] + rest["contracts"]] == ids[::-1]
    assert rest["nextAfter"] is None
    wrong = call.get("/api/contracts?status=RUNNING").json()["error"]
    assert (wrong["code"], wrong["field"]) == ("unknown_status", "status")


def test_an_official_number_without_template_says_who_cannot_be_reached(call: Any, sender: Sender) -> None:
    body = {
        "accountId": str(sender.public_id),
        "name": "Free text",
        "recipients": [{"phoneNumber": "79991234567", "message": "a"}, {"phoneNumber": "1", "message": "b"}],
    }
    made = call.post("/api/contracts", body).json()
    assert made["closedWindows"] == 1
    assert "windows_closed" in [w["code"] for w in made["warnings"]]
    assert call.post(f"/api/contracts/{made['id']}/start").json()["closedWindows"] == 1
    body["template"] = {"name": "order_update", "language": "en"}
    made = call.post("/api/contracts", body).json()
    assert made["closedWindows"] == 0
    assert Batch.objects.latest("pk").content == {
        "kind": "template",
        "name": "order_update",
        "language": "en",
        "variable": None,
    }


def test_the_default_template_carries_the_users_json(call: Any, sender: Sender) -> None:
    call("PUT", f"/api/accounts/{sender.public_id}", {"defaultTemplate": {"name": "t", "language": "en"}})
    rows = [
        {"phoneNumber": "79991234567", "message": "a"},
        {"phoneNumber": "79991234568", "params": ["Anna", "7"]},
        {"phoneNumber": "79991234569", "params": []},
    ]
    made = call.post(
        "/api/contracts", {"accountId": str(sender.public_id), "name": "T", "recipients": rows}
    ).json()
    assert [(r["row"], r["code"]) for r in made["rejected"]] == [(3, "invalid_value")]
    lines = call.get(f"/api/contracts/{made['id']}/messages").json()["messages"]
    assert call.get(f"/api/messages/{lines[1]['id']}").json()["params"] == ["Anna", "7"]


def test_a_template_with_a_picture_and_one_without_variables(call: Any, sender: Sender) -> None:
    picture = {"type": "image", "image": {"link": "https://example.com/eid.jpg"}}
    header = [{"type": "header", "parameters": [picture]}]
    own = [{"type": "header", "parameters": [{**picture, "image": {"link": "https://example.com/b.jpg"}}]}]
    rows = [
        {"phoneNumber": "79991234567", "params": []},
        {"phoneNumber": "79991234568", "message": "Anna", "components": own},
        {"phoneNumber": "79991234569", "components": [{"type": "body"}]},
    ]
    body = {
        "accountId": str(sender.public_id),
        "name": "T",
        "recipients": rows,
        "template": {"name": "eid", "language": "en", "components": header},
    }
    made = call.post("/api/contracts", body).json()
    assert [(r["row"], r["code"]) for r in made["rejected"]] == [(3, "template_components_bad")]
    assert Batch.objects.latest("pk").content["components"] == header
    lines = call.get(f"/api/contracts/{made['id']}/messages").json()["messages"]
    story = call.get(f"/api/messages/{lines[1]['id']}").json()
    assert story["params"] == {"body": ["Anna"], "components": own}
    body["template"]["components"] = [{"type": "header", "parameters": [{"type": "image"}]}]
    answer = call.post("/api/contracts", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "template_components_bad")


def test_ten_thousand_rows_with_137_bad_ones_are_all_accounted_for(posted: Post, call: Any) -> None:
    bad = set(range(0, 9_590, 70))
    rows = [
        {"phoneNumber": "12" if n in bad else f"7999{n:07d}", "message": f"Hello {n}"} for n in range(10_000)
    ]
    made = posted(rows=rows)
    assert (made["totalCount"], made["accepted"], len(made["rejected"])) == (10_000, 9_863, 137)
    assert [row["row"] for row in made["rejected"]] == [n + 1 for n in sorted(bad)]
    states = call.get(f"/api/contracts/{made['id']}").json()["states"]
    assert (states["queued"], states["skipped"]) == (9_863, 137)
