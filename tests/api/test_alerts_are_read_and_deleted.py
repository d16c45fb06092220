"""Alerts over the API: seen newest first, read, deleted; a storm is one; nothing foreign is touched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from qafila.alerts.actions import close_alert, raise_alert
from qafila.alerts.models import Alert, Level
from qafila.businesses.models import AuditEntry, Business

pytestmark = pytest.mark.django_db


@pytest.fixture
def raised(business: Business, now: datetime) -> list[Alert]:
    """Three alerts, oldest first."""
    return [
        raise_alert(
            "sender_stopped",
            business_id=business.pk,
            level=Level.CRITICAL,
            params={"sender": f"Number {place}", "reason": "cloud_api.131031"},
            subject=("sender", str(place)),
            now=now + timedelta(seconds=place),
        )
        for place in range(3)
    ]


def _ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [alert["id"] for alert in answer.json()["alerts"]]


def test_they_are_said_in_the_callers_language(call: Any, raised: list[Alert]) -> None:
    first = call.get("/api/alerts").json()["alerts"][0]
    assert first["message"] == "The number Number 2 cannot send."
    assert first["subject"] == {"kind": "sender", "id": "2"}
    assert first["step"]
    russian = call.get("/api/alerts", Accept_Language="ru").json()["alerts"][0]
    assert russian["message"] != first["message"]


def test_read_ones_leave_the_default_view_and_come_back_with_open(call: Any, raised: list[Alert]) -> None:
    ids = [str(alert.public_id) for alert in reversed(raised)]
    assert _ids(call.get("/api/alerts")) == ids
    assert call.post(f"/api/alerts/{ids[1]}/read").json() == {"id": ids[1], "changed": True}
    assert call.post(f"/api/alerts/{ids[1]}/read").json() == {"id": ids[1], "changed": False}
    assert _ids(call.get("/api/alerts")) == [ids[0], ids[2]]
    assert _ids(call.get("/api/alerts?state=open")) == ids
    assert call.post("/api/alerts/read-all").json() == {"marked": 2}
    assert call.get("/api/alerts").json() == {"alerts": [], "unread": 0, "nextAfter": None}


def test_what_is_over_is_only_in_all_and_what_is_deleted_nowhere(
    call: Any, raised: list[Alert], business: Business, now: datetime
) -> None:
    close_alert("sender_stopped", business_id=business.pk, subject=("sender", "0"), now=now)
    gone = str(raised[1].public_id)
    assert call("DELETE", f"/api/alerts/{gone}").json() == {"id": gone, "changed": True}
    assert len(_ids(call.get("/api/alerts?state=open"))) == 1
    assert len(_ids(call.get("/api/alerts?state=all"))) == 2
    assert AuditEntry.objects.filter(action="alert.deleted").count() == 1


def test_pages_hold_each_once(call: Any, raised: list[Alert]) -> None:
    seen: list[str] = []
    after = ""
    while True:
        answer = call.get(f"/api/alerts?limit=2{after}")
        seen += _ids(answer)
        if answer.json()["nextAfter"] is None:
            break
        after = f"&after={answer.json()['nextAfter']}"
    assert seen == [str(alert.public_id) for alert in reversed(raised)]


def test_a_storm_is_one_line(call: Any, raised: list[Alert], business: Business, now: datetime) -> None:
    for _ in range(4):
        raise_alert("disk_nearly_full", business_id=business.pk, level=Level.INFO, now=now)
    rows = call.get("/api/alerts").json()["alerts"]
    assert [row["count"] for row in rows if row["code"] == "disk_nearly_full"] == [4]


def test_an_unknown_view_is_refused(call: Any) -> None:
    error = call.get("/api/alerts?state=closed").json()["error"]
    assert (error["code"], error["field"]) == ("unknown_status", "state")


def test_each_says_what_it_holds_up_and_where_it_is_put_right(
    call: Any, posted: Any, phone_linked_sender: Any, business: Business, now: datetime, settings: Any
) -> None:
    settings.ENV = settings.ENV.model_copy(update={"public_url": "https://wa.example.com"})
    contract = posted(3)
    assert call.post(f"/api/contracts/{contract['id']}/start").status_code == 200
    subject = ("sender", str(phone_linked_sender.public_id))
    raised = raise_alert(
        "sender_stopped",
        business_id=business.pk,
        level=Level.CRITICAL,
        params={"sender": "Shop", "reason": "cloud_api.131031"},
        subject=subject,
        now=now,
    )
    (row,) = call.get("/api/alerts").json()["alerts"]
    assert (row["effect"], row["muted"]) == ("1 running contract waits for it", False)
    assert row["link"] == f"https://wa.example.com/alerts/{raised.public_id}"
    (russian,) = call.get("/api/alerts", Accept_Language="ru").json()["alerts"]
    assert russian["effect"] and russian["effect"] != row["effect"]


def test_a_muted_one_leaves_the_first_views_until_that_ends(call: Any, raised: list[Alert]) -> None:
    alert = str(raised[0].public_id)
    muted = call.post(f"/api/alerts/{alert}/mute", {"minutes": 60}).json()
    assert (muted["id"], muted["muted"], muted["wholeCode"]) == (alert, True, False)
    assert muted["until"].endswith("Z")
    assert alert not in _ids(call.get("/api/alerts"))
    (row,) = call.get("/api/alerts?state=muted").json()["alerts"]
    assert (row["id"], row["muted"]) == (alert, True)
    assert call.post(f"/api/alerts/{alert}/unmute").json() == {"id": alert, "changed": True}
    assert call.post(f"/api/alerts/{alert}/unmute").json() == {"id": alert, "changed": False}
    assert alert in _ids(call.get("/api/alerts"))
    assert call.post(f"/api/alerts/{alert}/mute").json()["until"] is None
    assert call.post(f"/api/alerts/{alert}/unmute").json()["changed"]
    call.post(f"/api/alerts/{alert}/mute", {"wholeCode": True})
    assert _ids(call.get("/api/alerts")) == []
    assert call.post(f"/api/alerts/{alert}/mute", {"minutes": 0}).status_code == 422
