"""Alerts are found by what they say, in the reader's language; many are cleared by a job that tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.alerts.models import Alert
    from qafila.businesses.models import Business

pytestmark = pytest.mark.django_db


@pytest.fixture
def trouble(business: Business) -> Callable[..., Alert]:
    """Raises an alert of the business, or of another one."""
    from qafila.alerts.actions import raise_alert
    from qafila.alerts.models import Level

    def raise_one(code: str, *, of: Business = business, about: str = "", **params: Any) -> Alert:
        return raise_alert(
            code,
            business_id=of.pk,
            level=Level.WARNING,
            params=params,
            subject=("sender", about) if about else ("", ""),
            now=datetime.now(UTC),
        )

    return raise_one


def found(client: Client, wanted: str) -> list[str]:
    answer = client.get("/alerts/", {"q": wanted})
    assert answer.status_code == 200
    return sorted(line.row.alert.code for line in answer.context["lines"]) if answer.context["total"] else []


def test_an_alert_is_found_by_its_words_and_by_the_names_in_it(
    owner: Client, trouble: Callable[..., Alert]
) -> None:
    trouble("disk_nearly_full", free="1 GB")
    trouble("sender_stopped", sender="Shop 100%", reason="cloud_api.190")
    assert found(owner, "shop 100%") == ["sender_stopped"]
    assert found(owner, "CANNOT SEND") == ["sender_stopped"], "words of the sentence, in any case"
    assert found(owner, "disk") == ["disk_nearly_full"]
    assert found(owner, "1 GB") == ["disk_nearly_full"]
    assert found(owner, "%") == ["sender_stopped"], "a sign of patterns is a letter"
    assert found(owner, "nothing like it") == []


def test_a_rating_is_searched_as_it_is_said(
    owner: Client, browser_of: Callable[..., Client], trouble: Callable[..., Alert]
) -> None:
    trouble("quality_low", sender="Shop", quality="YELLOW")
    assert found(owner, "as medium") == ["quality_low"]
    assert "YELLOW" not in browser_of("owner", "ar").get("/alerts/").content.decode()


def test_a_reason_is_searched_as_it_is_said(owner: Client, trouble: Callable[..., Alert]) -> None:
    from qafila.wording import say

    trouble("sender_stopped", about="a", sender="One", reason="cloud_api.190")
    trouble("campaign_held_content", about="b", reason="cloud_api.132001")
    words = say("cloud_api.190", "en").sentence.rstrip(".")
    assert found(owner, words) == ["sender_stopped"]


def test_the_words_are_those_of_the_reader(
    browser_of: Callable[..., Client], trouble: Callable[..., Alert]
) -> None:
    from qafila.wording import say

    trouble("disk_nearly_full", free="1 GB")
    trouble("sender_stopped", sender="Shop", reason="cloud_api.190")
    arabic = browser_of("owner", "ar")
    word = max(say("disk_nearly_full", "ar").sentence.split(), key=len)
    assert found(arabic, word) == ["disk_nearly_full"]
    assert found(browser_of("owner", "en"), word) == []


def test_tabs_and_the_question_count_what_was_found(
    owner: Client, trouble: Callable[..., Alert], other_business: Business
) -> None:
    for name in ("Shop one", "Shop two", "Clinic"):
        trouble("sender_stopped", about=name, sender=name, reason="cloud_api.190")
    trouble("sender_stopped", of=other_business, about="Shop three", sender="Shop three")
    page = owner.get("/alerts/", {"q": "shop"})
    assert page.context["counts"] == {"": 2, "open": 2, "muted": 0, "all": 2}
    owner.post("/alerts/?q=shop", {"action": "delete", "all": "1", "expected": "2"})
    assert found(owner, "shop") == []
    assert found(owner, "clinic") == ["sender_stopped"]


def test_very_many_are_cleared_by_a_job(
    owner: Client, trouble: Callable[..., Alert], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.utils import timezone

    from qafila.alerts.models import Alert
    from qafila.businesses.models import AuditEntry
    from qafila.web.lists import changing
    from qafila.web.models import Change
    from qafila.web.pages.alerts.views import AlertList

    monkeypatch.setattr(AlertList, "bulk", [replace(one, at_once=2) for one in AlertList.bulk])
    for n in range(4):
        trouble("sender_stopped", about=str(n), sender=f"No. {n}")
    read = owner.post("/alerts/?state=all", {"action": "read", "all": "1", "expected": "4"})
    change = Change.objects.get()
    assert read["Location"] == f"/changes/{change.public_id}"
    assert Alert.objects.filter(read_at=None).count() == 4, "the request itself does nothing"
    for looks in (iter([False, False, True]), iter([False, True])):
        changing.run(change.pk, now=timezone.now(), is_stopping=lambda looks=looks: next(looks))
    assert Alert.objects.filter(read_at=None).count() == 1, "it did not go on where it was broken off"
    changing.run(change.pk, now=timezone.now())
    assert "4 alerts are marked as read." in owner.get(read["Location"]).content.decode()
    gone = owner.post("/alerts/?state=open", {"action": "delete", "all": "1", "expected": "4"})
    change = Change.objects.latest("pk")
    looks = iter([False, False, True])
    changing.run(change.pk, now=timezone.now(), is_stopping=lambda: next(looks))
    assert Alert.objects.filter(deleted_at=None).count() == 2, "what was not told is not done"
    changing.run(change.pk, now=timezone.now())
    assert not Alert.objects.filter(deleted_at=None).exists()
    assert AuditEntry.objects.filter(action="alert.deleted").count() == 4
    assert "4 alerts are deleted." in owner.get(gone["Location"]).content.decode()
