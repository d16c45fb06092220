"""``POST /api/contracts/:id/recipients``: more rows for a contract that stands already, each of them once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from qafila.businesses.models import AuditEntry
from qafila.campaigns.models import Addition, Campaign, ImportState
from qafila.campaigns.rules import adding
from qafila.ledger import finding
from qafila.ledger.models import Batch, BatchSender, Message
from qafila.ledger.states import BatchState, State
from qafila.ledger.wanted import Wanted
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

Post = Callable[..., dict[str, Any]]


def _rows(*numbers: int, text: str = "More") -> list[dict[str, str]]:
    return [{"phoneNumber": f"7999{2000000 + n}", "message": f"{text} {n}"} for n in numbers]


def _more(call: Any, contract: str, rows: list[Any], **fields: Any) -> Any:
    return call.post(f"/api/contracts/{contract}/recipients", {"recipients": rows, **fields})


def _finish(contract: str) -> Batch:
    """Everything was sent."""
    batch = Campaign.objects.get(public_id=contract).batch
    Message.objects.filter(batch_id=batch.pk).update(state=State.READ, due_at=None, sent_at=timezone.now())
    with_counters(batch, read=batch.total)
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.FINISHED, started_at=timezone.now(), finished_at=timezone.now()
    )
    return batch


def with_counters(batch: Batch, **counts: int) -> None:
    BatchSender.objects.update_or_create(batch_id=batch.pk, sender_id=batch.target_id, defaults=counts)


def test_rows_come_behind_those_that_stand_there_and_count_on(posted: Post, call: Any) -> None:
    made = posted(3)
    other = posted(2, name="Between")
    answer = _more(call, made["id"], _rows(1, 2))
    assert answer.status_code == 201, answer.content
    added = answer.json()
    assert (added["id"], added["totalCount"], added["status"]) == (made["id"], 5, "PENDING")
    assert (added["firstRow"], added["accepted"], added["rejected"], added["warnings"]) == (4, 2, [], [])
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["totalCount"], seen["states"]["queued"], seen["status"]) == (5, 5, "PENDING")
    rows = call.get(f"/api/contracts/{made['id']}/messages").json()["messages"]
    assert sorted(row["row"] for row in rows) == [1, 2, 3, 4, 5]
    batch = Campaign.objects.get(public_id=made["id"]).batch
    wanted = Wanted(business_id=batch.business_id, batch_id=batch.pk)
    listed = finding.rows(wanted, offset=0, limit=10)
    assert [row.row_number for row in listed] == [5, 4, 3, 2, 1], (
        "the window reaches over the rows of another"
    )
    assert [row.row_number for row in finding.all_rows(wanted)] == [1, 2, 3, 4, 5]
    assert call.get(f"/api/contracts/{other['id']}").json()["totalCount"] == 2
    entry = AuditEntry.objects.filter(action="contract.rows_added").get()
    assert (entry.subject_id, entry.detail) == (made["id"], {"rows": 2, "rejected": 0})


def test_bad_rows_and_what_stands_there_already_are_reported(posted: Post, call: Any) -> None:
    made = posted(rows=_rows(1, 2))
    rows = [
        *_rows(2),
        {"phoneNumber": "12", "message": "x"},
        *_rows(3, 3),
        *_rows(1, text="Another text for"),
    ]
    added = _more(call, made["id"], rows).json()
    assert (added["totalCount"], added["accepted"]) == (7, 2)
    assert [(r["row"], r["code"]) for r in added["rejected"]] == [
        (3, "duplicate"),
        (4, "phone.too_short"),
        (6, "duplicate"),
    ]
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["states"]["queued"], seen["states"]["skipped"]) == (4, 3)
    assert _more(call, made["id"], rows).json()["accepted"] == 0


def test_what_was_cancelled_may_come_again_and_what_failed_may_not(posted: Post, call: Any) -> None:
    made = posted(rows=_rows(1, 2))
    batch = Campaign.objects.get(public_id=made["id"]).batch
    for row, state in ((1, State.CANCELLED), (2, State.FAILED)):
        Message.objects.filter(batch_id=batch.pk, row_number=row).update(state=state, due_at=None)
    added = _more(call, made["id"], _rows(1, 2)).json()
    assert [(r["row"], r["code"]) for r in added["rejected"]] == [(4, "duplicate")]


def test_a_template_s_values_are_compared_as_texts_are(posted: Post, call: Any) -> None:
    template = {"name": "order", "language": "en"}
    row = {"phoneNumber": "79991234567", "params": ["Anna", "7"]}
    made = posted(rows=[row], template=template)
    added = _more(call, made["id"], [{**row, "params": ["Anna", "8"]}, row]).json()
    assert [(r["row"], r["code"]) for r in added["rejected"]] == [(3, "duplicate")]


def test_a_contract_of_one_message_a_number_stays_one(posted: Post, call: Any) -> None:
    made = posted(rows=_rows(1))
    Campaign.objects.filter(public_id=made["id"]).update(import_options={"duplicates": "number"})
    rows = [*_rows(1, text="Other"), *_rows(2), *_rows(2, text="Other")]
    added = _more(call, made["id"], rows).json()
    assert [(r["row"], r["code"]) for r in added["rejected"]] == [(2, "duplicate"), (4, "duplicate")]


def test_a_completed_contract_runs_again(posted: Post, call: Any, phone_linked_sender: Sender) -> None:
    made = posted(2)
    _finish(made["id"])
    assert call.get(f"/api/contracts/{made['id']}").json()["status"] == "COMPLETED"
    added = _more(call, made["id"], _rows(1)).json()
    assert added["status"] == "IN_PROGRESS"
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["status"], seen["finishedAt"], seen["states"]["queued"]) == ("IN_PROGRESS", None, 1)


def test_a_completed_contract_stays_so_when_no_row_can_be_used(posted: Post, call: Any) -> None:
    made = posted(2)
    _finish(made["id"])
    added = _more(call, made["id"], [{"phoneNumber": "12", "message": "x"}]).json()
    assert (added["status"], added["totalCount"]) == ("COMPLETED", 3)


def test_a_completed_contract_whose_number_cannot_send_takes_none(
    posted: Post, call: Any, phone_linked_sender: Sender
) -> None:
    made = posted(2)
    _finish(made["id"])
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state="not_connected")
    answer = _more(call, made["id"], _rows(1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account_not_connected")


@pytest.mark.parametrize(("verb", "status"), [("start", "IN_PROGRESS"), ("pause", "PAUSED")])
def test_a_running_one_goes_on_and_a_paused_one_waits(
    posted: Post, call: Any, verb: str, status: str
) -> None:
    made = posted(2)
    call.post(f"/api/contracts/{made['id']}/start")
    call.post(f"/api/contracts/{made['id']}/{verb}")
    assert _more(call, made["id"], _rows(1)).json()["status"] == status


def test_all_or_none(posted: Post, call: Any) -> None:
    made = posted(2)
    answer = _more(call, made["id"], [*_rows(1), {"phoneNumber": "12", "message": "x"}], strict=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "strict_rejected")
    assert [row["row"] for row in answer.json()["error"]["details"]] == [4]
    assert call.get(f"/api/contracts/{made['id']}").json()["totalCount"] == 2


def test_the_same_call_again_adds_nothing(posted: Post, call: Any) -> None:
    made = posted(2)
    path, body = f"/api/contracts/{made['id']}/recipients", {"recipients": _rows(1, 2)}
    first = call.post(path, body, Idempotency_Key="rows-1")
    again = call.post(path, body, Idempotency_Key="rows-1")
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert call.get(f"/api/contracts/{made['id']}").json()["totalCount"] == 4


def test_warnings_of_the_new_rows_stand_with_those_of_the_old(posted: Post, call: Any) -> None:
    two = [{"phoneNumber": "79991234567", "message": text} for text in ("one\nline", "two\nlines")]
    made = posted(rows=two, template={"name": "t", "language": "en"})
    more = [{"phoneNumber": "79991234568", "message": text} for text in ("one\nline", "two\nlines")]
    added = _more(call, made["id"], more).json()
    assert [(w["code"], w["count"], w["rows"]) for w in added["warnings"]] == [
        ("same_number_other_text", 1, [[4, 3]]),
        ("line_breaks_flattened", 2, [[3], [4]]),
    ]
    kept = call.get(f"/api/contracts/{made['id']}").json()["warnings"]
    assert [(w["code"], w["count"], w["rows"]) for w in kept] == [
        ("same_number_other_text", 2, [[2, 1], [4, 3]]),
        ("line_breaks_flattened", 4, [[1], [2], [3], [4]]),
    ]
    assert kept[1]["message"].startswith("4 ")


def _deleted(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(deleted_at=timezone.now())


def _archived(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(archived_at=timezone.now())


def _read_still(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(import_state=ImportState.RUNNING)


def _unreadable(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(import_state=ImportState.FAILED)


def _added_to(campaign: Campaign) -> None:
    Addition.objects.create(
        business=campaign.business, campaign=campaign, file="x", rows=1, created_at=timezone.now()
    )


def _old(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(created_at=timezone.now() - timedelta(days=31))


def _full(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(total_count=adding.MOST_ROWS)


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (_deleted, 404, "not_found"),
        (_archived, 409, "contract_archived"),
        (_read_still, 409, "not_complete"),
        (_unreadable, 409, "not_complete"),
        (_added_to, 409, "not_complete"),
        (_old, 409, "contract_takes_no_rows"),
        (_full, 422, "too_many_rows"),
    ],
)
def test_who_takes_none_says_why(
    posted: Post, call: Any, spoil: Callable[[Campaign], None], status: int, code: str
) -> None:
    made = posted(2)
    campaign = Campaign.objects.get(public_id=made["id"])
    spoil(campaign)
    answer = _more(call, made["id"], _rows(1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert Message.objects.filter(batch_id=campaign.batch_id).count() == 2


def test_a_call_that_breaks_off_leaves_nothing(
    posted: Post, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = posted(2)
    _finish(made["id"])

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    monkeypatch.setattr("qafila.campaigns.actions.adding.audit", broken)
    assert _more(call, made["id"], _rows(1, 2)).status_code == 500
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["totalCount"], seen["status"], sum(seen["states"].values())) == (2, "COMPLETED", 2)
    batch = Campaign.objects.get(public_id=made["id"]).batch
    assert (batch.total, Message.objects.filter(batch_id=batch.pk).count()) == (2, 2)


def test_no_rows_are_no_call(posted: Post, call: Any) -> None:
    made = posted(2)
    assert _more(call, made["id"], []).json()["error"]["code"] == "empty"
