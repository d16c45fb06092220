"""The list of senders: true states first, figures of the limits, bulk pause and resume, nothing foreign, nothing hostile."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import ProviderAccount, Sender

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\u202e=HYPERLINK(1)"


@pytest.fixture
def add(
    business: Business, provider_account: ProviderAccount, owner_actor: Actor, now: datetime
) -> Callable[..., Sender]:
    from qafila.senders.actions import create_sender

    count = 0

    def make(name: str, **given: Any) -> Sender:
        nonlocal count
        count += 1
        return create_sender(
            business=business,
            name=name,
            phone=f"+2010000020{count:02d}",
            provider_account=given.pop("account", provider_account),
            actor=owner_actor,
            now=now,
            **given,
        )

    return make


def _names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content[:500]
    return [line.row.sender.name for line in answer.context["lines"]]


def _total(answer: Any) -> int:
    """The figure in the heading."""
    found = re.search(r'id="list-total"><bdi[^>]*>([\d,]+)<', answer.content.decode())
    assert found
    return int(found[1].replace(",", ""))


def test_who_needs_a_person_stands_first_and_tabs_count_the_true_states(
    owner: Client, add: Callable[..., Sender], business: Business, owner_actor: Actor, now: datetime
) -> None:
    from qafila.senders import actions

    other = actions.create_provider_account(
        business=business,
        kind="memory",
        name="Other",
        base_url="http://x.example",
        ref="",
        token="",
        app_secret="",
        verify_token="",
        actor=owner_actor,
        now=now,
    )
    add("ready")
    add("none", account=None)
    resting, paused, stopped = add("resting"), add("paused"), add("stopped")
    add("by account", account=other)
    actions.rest_sender(
        sender_id=resting.pk, until=now + timedelta(hours=1), reason="cloud_api.131048", now=now
    )
    actions.pause_sender(sender=paused, by="person", actor=owner_actor, now=now)
    actions.stop_sender(sender_id=stopped.pk, reason="cloud_api.133010", now=now)
    actions.stop_account(account_id=other.pk, reason="cloud_api.190", now=now)
    page = owner.get("/senders/")
    names = _names(page)
    assert set(names[:2]) == {"stopped", "by account"}
    assert names[2:] == ["resting", "paused", "ready", "none"]
    counts = page.context["counts"]
    assert counts == {"": 6, "ready": 1, "resting": 1, "paused": 1, "stopped": 2, "not_connected": 1}
    for state, number in counts.items():
        listed = owner.get("/senders/", {"state": state} if state else {})
        assert _total(listed) == len(_names(listed)) == number
    assert "access token" in page.content.decode()


def test_it_is_searched_filtered_and_sorted_by_the_address(owner: Client, add: Callable[..., Sender]) -> None:
    add("عيادة"), add("Beta"), add("Alpha")
    assert _names(owner.get("/senders/", {"q": "عياد"})) == ["عيادة"]
    assert _names(owner.get("/senders/", {"q": "+20 100 000 2002"})) == ["Beta"]
    assert _names(owner.get("/senders/", {"sort": "name"}))[:2] == ["Alpha", "Beta"]
    assert _names(owner.get("/senders/", {"q": "nobody"})) == []


def test_bulk_actions_take_ticked_rows_or_all_and_need_the_right(
    owner: Client, browser_of: Callable[..., Client], add: Callable[..., Sender], stranger: Client
) -> None:
    from qafila.senders.models import Sender

    rows = [add(f"s{n}") for n in range(3)]
    some = {"action": "pause", "id": [str(rows[0].public_id)], "expected": "1"}
    assert stranger.post("/senders/", some).status_code == 302
    assert browser_of("read_only").post("/senders/", some).status_code == 403
    assert not Sender.objects.exclude(state="ready").exists()
    owner.post("/senders/", some)
    assert Sender.objects.get(state="paused").pk == rows[0].pk
    asked = owner.post("/senders/", {"action": "pause", "all": "1"})
    assert "3 senders send nothing more" in asked.content.decode()
    owner.post("/senders/", {"action": "pause", "all": "1", "expected": "3"})
    assert Sender.objects.filter(state="paused").count() == 3
    owner.post("/senders/", {"action": "resume", "all": "1", "expected": "3"})
    assert Sender.objects.filter(state="ready").count() == 3


def test_figures_of_the_day_come_from_the_books(
    owner: Client, add: Callable[..., Sender], provider_account: ProviderAccount, business: Business
) -> None:
    from qafila.dispatch.models import Lane, Tally
    from qafila.senders.models import Portfolio, ProviderAccount

    official = add("official")
    now = datetime.now(UTC)
    Tally.objects.create(sender_id=official.pk, at=now - timedelta(minutes=7), outcome="accepted", count=41)
    Tally.objects.create(
        sender_id=official.pk, at=now - timedelta(minutes=7), outcome="recipient", code="131026", count=2
    )
    (row,) = [line.row for line in owner.get("/senders/").context["lines"]]
    assert (row.use.used, row.use.limit) == (41, None)
    assert row.error == "The message could not be delivered to this person."
    portfolio = Portfolio.objects.create(business=business, ref="p", cap=1000, used=412)
    ProviderAccount.objects.filter(pk=provider_account.pk).update(portfolio=portfolio)
    (row,) = [line.row for line in owner.get("/senders/").context["lines"]]
    assert (row.use.used, row.use.limit, row.is_shared) == (412, 1000, True)
    ProviderAccount.objects.filter(pk=provider_account.pk).update(kind="memory", portfolio=None)
    hour = int(now.timestamp() // 3600)
    Lane.objects.update_or_create(
        sender=official,
        defaults={
            "business_id": business.pk,
            "pace": {"human": {"hours": {str(hour): 30, str(hour - 30): 99}}},
        },
    )
    (row,) = [line.row for line in owner.get("/senders/").context["lines"]]
    assert (row.use.used, row.use.limit) == (30, 1000)  # in use for half a year


def test_hostile_names_are_text_on_the_page_and_in_the_export(
    owner: Client, add: Callable[..., Sender]
) -> None:
    sender = add(HOSTILE)
    for address in ("/senders/", f"/senders/{sender.public_id}", f"/senders/{sender.public_id}/part"):
        page = owner.get(address).content.decode()
        assert "<script>alert" not in page
    answer = owner.get("/senders/", {"format": "csv"})
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "@", "\t")) for cell in rows[1])


def test_another_business_sees_none(stranger: Client, add: Callable[..., Sender]) -> None:
    sender = add("Secret name")
    page = stranger.get("/senders/")
    assert _total(page) == 0
    for address in ("", "/part", "/pace.json"):
        assert stranger.get(f"/senders/{sender.public_id}{address}").status_code == 404


def test_a_page_of_many_asks_as_often_as_a_page_of_few(
    owner: Client, add: Callable[..., Sender], django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        add(f"s{number}")
    with django_assert_max_num_queries(28):
        owner.get("/senders/", {"size": "25"})
