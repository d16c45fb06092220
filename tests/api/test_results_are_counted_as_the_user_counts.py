"""``/stats``, ``/messages``, ``/queues/status``: the figures and lists of a contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.campaigns.actions import retry_failed
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.rules.results import Totals
from qafila.kit.stamps import stamp
from qafila.ledger.models import Attempt, Batch, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

Post = Callable[..., dict[str, Any]]
KEYS = {"status", "total", "success", "failed", "successRate", "successPhoneNumbers", "failedPhoneNumbers"}


@pytest.fixture
def mixed(posted: Post, become: Any) -> str:
    """A contract of ten: 1-4 went out, 5 failed, 6 just uncertain, 7 uncertain for long, 8 skipped, 9-10 queued."""
    contract: str = posted(10)["id"]
    become(contract, [1, 2], State.SENT)
    become(contract, [3], State.DELIVERED)
    become(contract, [4], State.READ)
    become(contract, [5], State.FAILED, reason="cloud_api.131026", tries=3)
    become(contract, [6], State.UNCERTAIN)
    become(contract, [7], State.UNCERTAIN, uncertain_at=datetime.now(UTC) - timedelta(hours=25))
    become(contract, [8], State.SKIPPED, reason="opted_out", tries=0)
    return contract


def test_the_lists_hold_each_number_once_and_agree_with_the_figures(mixed: str, call: Any) -> None:
    stats = call.get(f"/api/contracts/{mixed}/stats").json()
    assert set(stats) >= KEYS
    assert (stats["total"], stats["success"], stats["failed"], stats["successRate"]) == (10, 4, 3, "40.00%")
    assert [line["phoneNumber"] for line in stats["successPhoneNumbers"]] == [
        f"799910000{n:02d}" for n in range(4)
    ]
    sent_at = stats["successPhoneNumbers"][0]["sentAt"]
    assert sent_at.endswith("Z")
    assert len(sent_at) == len("2026-01-01T00:00:00.000Z")
    failed = {line["phoneNumber"][-1]: line for line in stats["failedPhoneNumbers"]}
    assert set(failed) == {"4", "6", "7"}
    assert failed["4"]["attempts"] == 3
    assert failed["6"]["errorMessage"] == "Outcome unknown, not resent"
    assert failed["7"]["errorMessage"] == "This person has unsubscribed."
    assert stats["states"]["uncertain"] == 2
    assert stats["states"]["queued"] == 2


def test_pages_of_the_lists_join_without_a_gap(mixed: str, call: Any) -> None:
    whole = call.get(f"/api/contracts/{mixed}/stats").json()
    seen: dict[str, list[Any]] = {"successPhoneNumbers": [], "failedPhoneNumbers": []}
    after, pages = "", 0
    while True:
        page = call.get(f"/api/contracts/{mixed}/stats?limit=2{after}").json()
        assert (page["success"], page["failed"]) == (whole["success"], whole["failed"])
        for name, lines in seen.items():
            lines.extend(page[name])
        pages += 1
        if page["nextAfter"] is None:
            break
        after = f"&after={page['nextAfter']}"
    assert pages >= 4
    assert seen == {name: whole[name] for name in seen}
    only_figures = call.get(f"/api/contracts/{mixed}/stats?limit=0").json()
    assert only_figures["successPhoneNumbers"] == []
    assert only_figures["success"] == 4


def test_cleared_failures_leave_the_lists_and_stay_in_the_books(mixed: str, call: Any) -> None:
    cleared = call.post(f"/api/contracts/{mixed}/clear-failed").json()
    assert cleared["cleared"] == 2
    stats = call.get(f"/api/contracts/{mixed}/stats").json()
    assert [line["state"] for line in stats["failedPhoneNumbers"]] == ["uncertain"]
    assert stats["failed"] == 3
    assert stats["failedClearedAt"]
    assert call.post(f"/api/contracts/{mixed}/clear-failed").json()["cleared"] == 0


def test_what_was_cleared_is_not_sent_again_unless_a_person_sees_it(
    mixed: str, call: Any, become: Any, owner_actor: Actor
) -> None:
    call.post(f"/api/contracts/{mixed}/clear-failed")
    assert call.post(f"/api/contracts/{mixed}/retry-failed").json()["retried"] == 0
    become(mixed, [9], State.FAILED, reason="cloud_api.131026", tries=3)
    assert call.post(f"/api/contracts/{mixed}/retry-failed").json()["retried"] == 1
    shown = retry_failed(
        business=owner_actor.business,
        public_id=mixed,
        reasons=["cloud_api.131026"],
        cleared_too=True,
        actor=owner_actor,
        now=datetime.now(UTC),
    )
    assert shown[0] == 1, "the page counts it and asks"


def test_failed_ones_are_retried_and_a_finished_contract_flows_on(mixed: str, call: Any) -> None:
    Batch.objects.update(state=BatchState.FINISHED)
    answer = call.post(f"/api/contracts/{mixed}/retry-failed").json()
    assert (answer["retried"], answer["status"]) == (1, "IN_PROGRESS")
    states = call.get(f"/api/contracts/{mixed}").json()["states"]
    assert (states["failed"], states["queued"], states["skipped"]) == (0, 3, 1)


def test_messages_are_listed_by_state_and_say_why(mixed: str, call: Any) -> None:
    page = call.get(f"/api/contracts/{mixed}/messages?state=failed,skipped").json()
    assert [line["row"] for line in page["messages"]] == [5, 8]
    assert page["messages"][1]["reason"] == {"code": "opted_out", "message": "This person has unsubscribed."}
    first = call.get(f"/api/contracts/{mixed}/messages?limit=4").json()
    second = call.get(f"/api/contracts/{mixed}/messages?limit=10&after={first['nextAfter']}").json()
    assert [line["row"] for line in first["messages"] + second["messages"]] == list(range(1, 11))
    assert call.get(f"/api/contracts/{mixed}/messages?state=lost").json()["error"]["code"] == "unknown_status"


def test_the_story_of_a_message(mixed: str, call: Any) -> None:
    lines = call.get(f"/api/contracts/{mixed}/messages?state=queued").json()["messages"]
    story = call.get(f"/api/messages/{lines[0]['id']}").json()
    assert story["contractId"] == mixed
    assert story["text"] == "Hello 8"
    assert story["whyNotYet"]["code"] == "not_started"
    assert story["calls"] == []


@pytest.mark.parametrize(("word", "state"), [("sent", "sent"), ("failed", "failed"), ("resend", "queued")])
def test_a_person_decides_on_an_uncertain_message(mixed: str, call: Any, word: str, state: str) -> None:
    line = call.get(f"/api/contracts/{mixed}/messages?state=uncertain").json()["messages"][0]
    assert call.post(f"/api/messages/{line['id']}/resolve", {"as": word}).json() == {"resolved": 1}
    assert call.get(f"/api/messages/{line['id']}").json()["state"] == state
    assert call.post(f"/api/messages/{line['id']}/resolve", {"as": word}).json() == {"resolved": 0}


def test_many_uncertain_messages_are_decided_at_once(mixed: str, call: Any) -> None:
    assert call.post("/api/messages/resolve", {"as": "failed", "contractId": mixed}).json() == {"resolved": 2}
    states = call.get(f"/api/contracts/{mixed}").json()["states"]
    assert (states["uncertain"], states["failed"]) == (0, 3)
    neither = call.post("/api/messages/resolve", {"as": "failed"})
    assert neither.json()["error"]["code"] == "field_required"


def test_the_queue_at_a_glance(mixed: str, call: Any, posted: Post) -> None:
    started = posted(2, name="Second")["id"]
    call.post(f"/api/contracts/{started}/start?confirm=true")
    status = call.get("/api/queues/status").json()
    assert status["contracts"] == {"waiting": 1, "active": 1, "completed": 0, "failed": 0}
    messages = status["messages"]
    assert (messages["waiting"], messages["active"], messages["completed"], messages["failed"]) == (
        4,
        0,
        4,
        2,
    )
    assert messages["uncertain"] == 2


SUCCESS_LINE, FAILED_LINE = {"phoneNumber", "sentAt"}, {"phoneNumber", "errorMessage", "attempts"}


def in_their_words(stats: dict[str, Any]) -> dict[str, Any]:
    """Without the fields of our own."""
    lines = {"successPhoneNumbers": SUCCESS_LINE, "failedPhoneNumbers": FAILED_LINE}
    own = {name: stats[name] for name in KEYS - set(lines)}
    return own | {
        name: [{key: line[key] for key in wanted} for line in stats[name]] for name, wanted in lines.items()
    }


def test_a_completed_contract_and_a_failed_one(posted: Post, call: Any, become: Any) -> None:
    """The statuses of the end, wherever the user's clients read them."""
    done, broken = posted(4)["id"], posted(2, name="Broken")["id"]
    at = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    become(done, [1], State.SENT, sent_at=at)
    become(done, [2], State.DELIVERED, sent_at=at)
    become(done, [3], State.READ, sent_at=at)
    become(done, [4], State.FAILED, reason="resolved_failed", tries=3)
    finished = Campaign.objects.get(public_id=done).batch_id
    Batch.objects.filter(pk=finished).update(state=BatchState.FINISHED)
    Campaign.objects.filter(public_id=broken).update(
        import_state=ImportState.FAILED, import_reason="file_unreadable"
    )

    assert call.get(f"/api/contracts/{done}").json()["status"] == "COMPLETED"
    assert call.get(f"/api/contracts/{broken}").json()["status"] == "FAILED"
    for status, expected in (
        ("COMPLETED", [done]),
        ("FAILED", [broken]),
        ("IN_PROGRESS", []),
        ("PENDING", []),
    ):
        listed = call.get(f"/api/contracts?status={status}").json()["contracts"]
        assert [(one["id"], one["status"]) for one in listed] == [(name, status) for name in expected]

    stats = call.get(f"/api/contracts/{done}/stats").json()
    assert in_their_words(stats) == {
        "status": "COMPLETED",
        "total": 4,
        "success": 3,
        "failed": 1,
        "successRate": "75.00%",
        "successPhoneNumbers": [
            {"phoneNumber": "79991000000", "sentAt": "2026-01-02T03:04:05.678Z"},
            {"phoneNumber": "79991000001", "sentAt": "2026-01-02T03:04:05.678Z"},
            {"phoneNumber": "79991000002", "sentAt": "2026-01-02T03:04:05.678Z"},
        ],
        "failedPhoneNumbers": [
            {
                "phoneNumber": "79991000003",
                "errorMessage": "A person decided: it was not sent.",
                "attempts": 3,
            }
        ],
    }
    assert call.get(f"/api/contracts/{broken}/stats").json()["status"] == "FAILED"
    queue = call.get("/api/queues/status").json()
    assert queue["contracts"] == {"waiting": 0, "active": 0, "completed": 1, "failed": 1}
    assert (queue["messages"]["completed"], queue["messages"]["failed"]) == (3, 1)


def test_a_message_that_was_probably_not_sent(posted: Post, call: Any, become: Any) -> None:
    """Uncertain for long, while another one of the same minute and number has been delivered since."""
    contract, now = posted(3)["id"], datetime.now(UTC)
    claimed = now - timedelta(hours=1)
    one = {"sender_id": Sender.objects.get().pk, "claimed_at": claimed}
    become(contract, [1], State.UNCERTAIN, uncertain_at=claimed + timedelta(minutes=1), **one)
    become(contract, [2], State.UNCERTAIN, uncertain_at=now - timedelta(minutes=5), **one)
    rows = Message.objects.order_by("row_number")
    assert [doubtful(call, row) for row in rows] == [False, False, False]

    neighbour = rows[2]
    Attempt.objects.create(
        message_id=neighbour.pk,
        number=1,
        sender_id=one["sender_id"],
        worker_id=1,
        epoch=1,
        began_at=claimed,
    )
    become(contract, [3], State.DELIVERED, delivered_at=claimed + timedelta(minutes=2), **one)
    assert [doubtful(call, row) for row in rows] == [True, False, False], "the second is too fresh"


def doubtful(call: Any, row: Message) -> bool:
    return bool(call.get(f"/api/messages/{row.pk}").json()["probablyNotSent"])


def test_a_forecast_says_when_it_would_be_done(posted: Post, call: Any) -> None:
    contract = posted(50)["id"]
    seen = call.get(f"/api/contracts/{contract}/forecast").json()
    assert seen["perAccount"] == [{"account": "Phone", "messages": 50}]
    assert seen["seconds"] > 150  # 20 a minute at most
    assert seen["finishAt"].endswith("Z")


@pytest.mark.parametrize(
    ("total", "success", "rate"),
    [
        (0, 0, "0.00%"),
        (1000, 950, "95.00%"),
        (3, 2, "66.67%"),
        (3, 1, "33.33%"),
        (8, 1, "12.50%"),
        (100_000, 99_999, "99.99%"),
        (7, 7, "100.00%"),
        (1_000_000, 0, "0.00%"),
    ],
)
def test_the_rate_is_rounded_and_never_says_all_when_one_is_missing(
    total: int, success: int, rate: str
) -> None:
    assert Totals(total, success, 0).success_rate == rate


def test_times_have_milliseconds_and_z() -> None:
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)) == "2026-01-02T03:04:05.678Z"
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000Z"
    assert stamp(None) is None
