"""A contract is given the moment at which it begins by itself over the API: within a start, in the user's own time or in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from qafila.api.door import api
from qafila.campaigns.actions import begin_planned
from qafila.campaigns.models import Campaign
from qafila.worker import rounds

pytestmark = pytest.mark.django_db
Post = Callable[..., dict[str, Any]]


@pytest.fixture
def at() -> datetime:
    return (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=250_000)


@pytest.fixture
def start(posted: Post, call: Any) -> Callable[..., Any]:
    """``start(body)`` of one contract; ``.path`` is its address."""
    path = f"/api/contracts/{posted()['id']}"

    def send(body: Any = None) -> Any:
        return call.post(f"{path}/start", body)

    send.path = path  # type: ignore[attr-defined]
    return send


def stamped(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.250Z"


def test_it_stays_pending_until_its_moment(start: Any, call: Any, at: datetime) -> None:
    assert call.get(start.path).json()["startAt"] is None
    cairo = at.astimezone(timezone(timedelta(hours=2)))
    answer = start({"at": cairo.isoformat()})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["startAt"]) == ("PENDING", stamped(at))
    assert start({"at": at.isoformat()}).json()["startAt"] == stamped(at), "again, in UTC"
    seen = call.get(start.path).json()
    assert (seen["status"], seen["startAt"], seen["startedAt"]) == ("PENDING", stamped(at), None)
    (listed,) = call.get("/api/contracts?status=PENDING").json()["contracts"]
    assert listed["startAt"] == stamped(at)
    assert begin_planned(now=at) == 1
    seen = call.get(start.path).json()
    assert (seen["status"], seen["startAt"], seen["startedAt"]) == ("IN_PROGRESS", None, stamped(at))


def test_null_a_pause_and_a_start_take_it_back(start: Any, call: Any, at: datetime) -> None:
    plan = {"at": at.isoformat()}
    start(plan)
    off = start({"at": None})
    assert (off.status_code, off.json()["status"], off.json()["startAt"]) == (200, "PENDING", None)
    start(plan)
    paused = call.post(f"{start.path}/pause").json()
    assert paused == {"id": start.path.rpartition("/")[2], "status": "PENDING"}
    assert call.get(start.path).json()["startAt"] is None
    start(plan)
    begun = start().json()
    assert (begun["status"], begun["startAt"]) == ("IN_PROGRESS", None)
    assert start({"at": None}).json()["status"] == "IN_PROGRESS", "nothing to take back"
    assert begin_planned(now=at) == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"at": "2020-01-01T09:00:00Z"}, "begin_in_past"),
        ({"at": "2999-01-01T09:00:00+02:00"}, "begin_too_far"),
        ({"at": "2026-12-01T09:00:00"}, "wrong_type"),
        ({"at": "tomorrow"}, "wrong_type"),
        ({"at": 1_800_000_000}, "wrong_type"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "invalid_value"),
        ({"startAt": "2026-12-01T09:00:00Z"}, "unknown_field"),
    ],
)
def test_what_is_no_moment_to_begin_is_refused(body: Any, code: str, start: Any, call: Any) -> None:
    answer = start(body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, code), error
    assert error["field"] == next(iter(body))
    assert call.get(start.path).json()["startAt"] is None


def test_what_has_begun_is_a_clash_and_resume_knows_no_moment(start: Any, call: Any, at: datetime) -> None:
    plan = {"at": at.isoformat()}
    refused = call.post(f"{start.path}/resume", plan)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_field")
    start()
    answer = start(plan)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "contract_has_begun")


def test_a_possible_duplicate_is_confirmed_with_the_moment(posted: Post, call: Any, at: datetime) -> None:
    posted()
    path = f"/api/contracts/{posted()['id']}/start"
    plan = {"at": at.isoformat()}
    assert call.post(path, plan).json()["error"]["code"] == "possible_duplicate"
    assert call.post(f"{path}?confirm=true", plan).json()["startAt"] == stamped(at)
    assert begin_planned(now=at) == 1


def test_nobody_plans_what_belongs_to_others(start: Any, stranger: Any, at: datetime) -> None:
    answer = stranger.post(f"{start.path}/start", {"at": at.isoformat()})
    assert answer.status_code == 404
    assert Campaign.objects.exclude(begins_at=None).count() == 0


def test_the_description_says_both() -> None:
    shapes = api.get_openapi_schema()["components"]["schemas"]
    assert shapes["StartOrPlan"]["properties"]["at"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert "startAt" in shapes["ContractAnswer"]["properties"]
    assert "startAt" in shapes["StartedContract"]["properties"]


def test_a_worker_looks_again_and_again(start: Any, at: datetime) -> None:
    """Each worker has it among its rounds."""
    (seconds,) = [seconds for name, seconds, _ in rounds.all_of_them() if name == "planned"]
    assert seconds <= 2.0
    start({"at": at.isoformat()})
    Campaign.objects.update(begins_at=datetime.now(UTC))
    rounds.begin_planned()
    assert Campaign.objects.get().begins_at is None
