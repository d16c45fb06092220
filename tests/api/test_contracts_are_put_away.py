"""A contract that is over is put into the archive and taken out; the list keeps showing all to who does not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qafila.campaigns.models import Campaign
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState

pytestmark = pytest.mark.django_db
ROWS = [{"phoneNumber": "79991234567", "message": "x"}]


def over(posted: Callable[..., dict[str, Any]], name: str) -> str:
    made = str(posted(rows=ROWS, name=name)["id"])
    batch = Campaign.objects.get(public_id=made).batch_id
    Batch.objects.filter(pk=batch).update(state=BatchState.FINISHED)
    return made


def test_it_goes_into_the_archive_and_out_again(call: Any, posted: Any) -> None:
    made = over(posted, "One")
    assert call.get(f"/api/contracts/{made}").json()["archivedAt"] is None
    first = call.post(f"/api/contracts/{made}/archive").json()
    assert first["archivedAt"].endswith("Z")
    assert first == {"id": made, "status": "COMPLETED", "archivedAt": first["archivedAt"]}
    assert call.post(f"/api/contracts/{made}/archive").json() == first, "again: no effect"
    assert call.get(f"/api/contracts/{made}").json()["archivedAt"] == first["archivedAt"]
    out = {"id": made, "status": "COMPLETED", "archivedAt": None}
    assert call.post(f"/api/contracts/{made}/unarchive").json() == out
    assert call.post(f"/api/contracts/{made}/unarchive").json() == out
    assert call.get(f"/api/contracts/{made}").json()["archivedAt"] is None


def test_the_list_has_all_of_them_unless_one_asks(call: Any, posted: Any) -> None:
    gone, stays = over(posted, "Gone"), over(posted, "Stays")
    call.post(f"/api/contracts/{gone}/archive")

    def ids(query: str) -> list[str]:
        return [one["id"] for one in call.get(f"/api/contracts{query}").json()["contracts"]]

    assert ids("") == ids("?status=COMPLETED") == [stays, gone]
    assert ids("?archived=true") == [gone]
    assert ids("?archived=false&status=COMPLETED") == [stays]
    assert call.get("/api/contracts?archived=perhaps").status_code == 422
    assert call.get("/api/queues/status").json()["contracts"]["completed"] == 2


def test_what_may_still_send_is_refused(call: Any, posted: Any) -> None:
    made = posted(rows=ROWS, name="Waits")["id"]
    answer = call.post(f"/api/contracts/{made}/archive")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "contract_not_over")
    assert answer.json()["error"]["step"]
    assert call.get(f"/api/contracts/{made}").json()["archivedAt"] is None
