"""An open message has a page: how far it is, why it is held, each recipient; it goes on or ends there; lists and alerts
lead to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from qafila.alerts import actions as alerts
from qafila.alerts.models import Alert, Level
from qafila.businesses.models import AuditEntry
from qafila.campaigns.actions import create_open_message
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries.open_messages import OpenMessage, open_message
from qafila.campaigns.rules.open_content import read_open_content
from qafila.campaigns.rules.open_status import OpenStatus
from qafila.dispatch.losses import HELD, hold
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from tests.web.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, browser: Callable[..., Client]) -> Client:
    return browser(world.here.people["owner"])


@pytest.fixture
def opened(world: World) -> Callable[..., Campaign]:
    """Makes one over the package of here: ``opened(60)``; over its number: ``opened(1, over=…)``."""

    def make(people: int = 2, **given: Any) -> Campaign:
        here = world.here
        return create_open_message(
            business=here.business,
            target=given.get("over", here.more["package"]),
            content=read_open_content("text", given.get("text", "We are open again.")),
            recipients=[f"+2010000{n:05d}" for n in range(people)] + ["nonsense"],
            actor=here.actor,
            now=datetime.now(UTC),
        ).campaign

    return make


def at(campaign: Campaign, what: str = "") -> str:
    return f"/messages/open/{campaign.public_id}{what}"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def now_of(campaign: Campaign) -> OpenMessage:
    found = open_message(campaign.business_id, campaign.public_id, now=datetime.now(UTC))
    assert found is not None
    return found


def test_it_shows_the_text_the_figures_and_each_recipient(
    owner: Client, opened: Callable[..., Campaign], world: World
) -> None:
    made = opened(60, text="<b>We</b> are open")
    page = text(owner.get(at(made)))
    assert "&lt;b&gt;We&lt;/b&gt; are open" in page
    assert f"/packages/{world.here.more['package'].public_id}" in page
    assert f'data-live="batch:{made.public_id}"' in page
    first, second = owner.get(at(made, "/part")), owner.get(at(made, "/part?page=2"))
    assert [len(one.context["lines"]) for one in (first, second)] == [50, 11]
    assert "?page=2" in text(owner.get(at(made)))
    given = [line.message.given_or_address for one in (first, second) for line in one.context["lines"]]
    assert given == [*(f"+2010000{n:05d}" for n in range(60)), "nonsense"]


def test_each_figure_is_the_length_of_its_list(owner: Client, opened: Callable[..., Campaign]) -> None:
    made = opened(3)
    opened(5)
    for figure in owner.get(at(made)).context["figures"]:
        assert owner.get(figure.url).context["total"] == figure.count, figure.state


def test_one_held_after_losses_says_why_and_goes_on(
    owner: Client, opened: Callable[..., Campaign], world: World
) -> None:
    made = opened()
    package = world.here.more["package"]
    assert hold(package, lost=2, reason="cloud_api.131031", at=datetime.now(UTC)) == 1
    page = text(owner.get(at(made)))
    assert "1 campaign of the package Caravan pool is on hold." in page
    assert "2 of its numbers were banned or limited within 24 hours." in page
    assert "Resume" in page
    after = owner.post(at(made, "/resume"), follow=True)
    assert "It goes on." in text(after)
    assert now_of(made).status is OpenStatus.QUEUED
    assert "on hold" not in text(after)
    assert AuditEntry.objects.latest("pk").action == "open_message.resumed"
    assert not Alert.objects.filter(code=HELD, closed_at=None).exists()


def test_a_package_without_numbers_is_said_when_it_should_go_on(
    owner: Client, opened: Callable[..., Campaign], world: World
) -> None:
    from qafila.senders.actions.packages import pause_all

    made = opened()
    Batch.objects.filter(pk=made.batch_id).update(state=BatchState.PAUSED)
    here = world.here
    pause_all(package=here.more["package"], reason="", actor=here.actor, now=datetime.now(UTC))
    assert "No active profiles available" in text(owner.post(at(made, "/resume"), follow=True))
    assert now_of(made).status is OpenStatus.HELD


def test_it_is_cancelled_with_the_count_that_was_shown(
    owner: Client, opened: Callable[..., Campaign], world: World
) -> None:
    made = opened()
    hold(world.here.more["package"], lost=2, reason="cloud_api.131031", at=datetime.now(UTC))
    page = owner.get(at(made))
    assert "2 messages that wait are not sent any more." in text(page)
    assert page.context["cancel_shown"] == {"expected": 2}
    for expected in ("1", "", "x", "٢"):
        answer = owner.post(at(made, "/cancel"), {"expected": expected}, follow=True)
        assert "The number is another one by now" in text(answer)
    assert now_of(made).status is OpenStatus.HELD
    answer = owner.post(at(made, "/cancel"), {"expected": "2"}, follow=True)
    assert "It is cancelled." in text(answer)
    assert now_of(made).status is OpenStatus.CANCELLED
    assert 'href="#cancel"' not in text(answer)
    assert AuditEntry.objects.latest("pk").action == "open_message.cancelled"
    assert not Alert.objects.filter(code=HELD, closed_at=None).exists(), "nothing is held any more"


def test_lists_and_alerts_lead_to_it(owner: Client, opened: Callable[..., Campaign], world: World) -> None:
    here = world.here
    over_package, over_number = opened(1), opened(1, over=here.sender)
    for made in (over_package, over_number):
        assert owner.get(at(made)).status_code == 200
        assert at(made) in text(owner.get("/messages/"))
        assert at(made) in text(owner.get(f"/messages/{now_first_message(made)}"))
    assert at(over_package) in text(owner.get(f"/packages/{here.more['package'].public_id}"))
    assert at(over_number) in text(owner.get(f"/numbers/{here.sender.public_id}"))
    alerts.raise_alert(
        "campaign_held_content",
        business_id=here.business.pk,
        level=Level.CRITICAL,
        params={"reason": "cloud_api.132001"},
        subject=("batch", str(over_number.batch.public_id)),
        now=datetime.now(UTC),
    )
    assert at(over_number) in text(owner.get("/alerts/"))


def now_first_message(campaign: Campaign) -> int:
    from qafila.ledger.models import Message

    return int(Message.objects.filter(batch_id=campaign.batch_id).earliest("pk").pk)


def test_who_only_reads_finds_no_button(
    world: World, browser: Callable[..., Client], opened: Callable[..., Campaign]
) -> None:
    made = opened()
    Batch.objects.filter(pk=made.batch_id).update(state=BatchState.PAUSED)
    page = text(browser(world.here.people["read_only"]).get(at(made)))
    assert "/resume" not in page
    assert "#cancel" not in page
    assert "/resume" in text(browser(world.here.people["agent"]).get(at(made)))


def test_a_contract_is_no_open_message(owner: Client, world: World) -> None:
    assert owner.get(at(world.here.campaign)).status_code == 404
