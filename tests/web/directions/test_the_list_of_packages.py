"""The list of packages: what each row says, filter, search, sort and export, and what is done to several at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.senders.actions import packages
from qafila.senders.models import Package, Sender, SenderState
from tests.web.directions.test_the_pages_of_packages import _text

pytestmark = pytest.mark.django_db
Make = Callable[..., Package]


@pytest.fixture
def make(business: Business, owner_actor: Actor) -> Make:
    """``make("Friends", number, …)``."""

    def go(name: str, *numbers: Sender) -> Package:
        now = datetime.now(UTC)
        package = packages.create_package(business=business, name=name, actor=owner_actor, now=now)
        for number in numbers:
            packages.add_member(package=package, sender=number, weight=1, actor=owner_actor, now=now)
        return package

    return go


def shown(client: Client, query: str = "") -> list[str]:
    """The names in the list, in its order."""
    return [line.row.package.name for line in client.get(f"/packages/{query}").context["lines"]]


def exported(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/packages/?format=csv{query}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_row_says_what_the_page_of_the_package_says(
    owner: Client, make: Make, phone_linked_sender: Sender, second: Sender
) -> None:
    one, other = make("Friends", phone_linked_sender, second), make("Late", second)
    Sender.objects.filter(pk=second.pk).update(state=SenderState.PAUSED)
    rows = {line.row.package.pk: line.row for line in owner.get("/packages/").context["lines"]}
    for package, active, numbers, state in ((one, 1, 2, "ready"), (other, 0, 1, "stopped")):
        row, page = rows[package.pk], owner.get(f"/packages/{package.public_id}").context
        assert (row.active, row.numbers, row.state) == (active, numbers, state)
        assert (row.state, row.capacity) == (page["state"], page["capacity"])
        assert row.limit == sum(member.row.use.limit for member in page["members"])
    assert rows[one.pk].capacity.hour


def test_it_is_filtered_searched_and_sorted_by_its_address(
    owner: Client, make: Make, phone_linked_sender: Sender, second: Sender, business: Business
) -> None:
    make("Beta", phone_linked_sender)
    make("alpha", phone_linked_sender, second)
    make("Empty")
    later = datetime.now(UTC) + timedelta(hours=1)
    Sender.objects.filter(pk=second.pk).update(state=SenderState.RESTING, rest_until=later)
    make("Resting", second)
    assert shown(owner) == ["alpha", "Beta", "Empty", "Resting"]
    assert shown(owner, "?sort=-name") == ["Resting", "Empty", "Beta", "alpha"]
    assert shown(owner, "?sort=-state") == ["Empty", "Resting", "alpha", "Beta"]
    assert shown(owner, "?sort=-numbers")[0] == "alpha"
    assert shown(owner, "?state=ready") == ["alpha", "Beta"]
    assert shown(owner, "?state=resting") == ["Resting"]
    assert shown(owner, "?state=stopped") == ["Empty"]
    assert shown(owner, "?state=held") == []
    assert shown(owner, "?q=ET&state=ready") == ["Beta"]
    assert shown(owner, "?q=nowhere") == []
    tabs = owner.get("/packages/?state=held").context["counts"]
    assert dict(tabs) == {"": 4, "held": 0, "ready": 2, "resting": 1, "stopped": 1}


def test_it_is_exported_as_it_is_shown(
    owner: Client, make: Make, phone_linked_sender: Sender, second: Sender
) -> None:
    make("Friends", phone_linked_sender, second)
    make("Empty")
    assert [row["Name"] for row in exported(owner)] == ["Empty", "Friends"]
    (row,) = exported(owner, "&q=frie")
    assert (row["Name"], row["State"], row["Active numbers"]) == ("Friends", "Sends", "2/2")
    assert int(row["Messages an hour"]) > 0


def _post(client: Client, action: str, *ids: Any, **more: str) -> Any:
    given = {"action": action, "id": [str(one) for one in ids], "expected": str(len(ids)), **more}
    return client.post("/packages/", given, follow=True)


def test_several_are_paused_and_resumed_at_once(
    owner: Client, make: Make, phone_linked_sender: Sender, second: Sender
) -> None:
    one, other = make("One", phone_linked_sender), make("Other", second)
    answer = _post(owner, "pause", one.public_id, other.public_id, reason="Rush hour")
    assert "2 numbers are paused." in _text(answer)
    states = Sender.objects.filter(pk__in=[phone_linked_sender.pk, second.pk])
    assert set(states.values_list("state", flat=True)) == {SenderState.PAUSED}
    audit = AuditEntry.objects.filter(action="package.paused")
    assert [entry.detail["reason"] for entry in audit] == ["Rush hour", "Rush hour"]
    assert shown(owner, "?state=stopped") == ["One", "Other"]
    assert "1 number sends again." in _text(_post(owner, "resume", other.public_id))
    assert shown(owner, "?state=ready") == ["Other"]


def test_a_stranger_pauses_nothing(stranger: Client, make: Make, phone_linked_sender: Sender) -> None:
    package = make("Friends", phone_linked_sender)
    assert shown(stranger) == []
    _post(stranger, "pause", package.public_id)
    phone_linked_sender.refresh_from_db()
    assert phone_linked_sender.state == SenderState.READY
