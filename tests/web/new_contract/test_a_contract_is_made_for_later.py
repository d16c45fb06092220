"""The panel before the start: now, or at a moment by the clock of the business; without a script, with some seconds to take it
back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.new_contract.wizard import PEOPLE, sheet, text_of, upload

if TYPE_CHECKING:
    from qafila.campaigns.models import Campaign, Draft
    from tests.web.world import World

pytestmark = pytest.mark.django_db
CAIRO = ZoneInfo("Africa/Cairo")


@pytest.fixture
def place(client: Client) -> str:
    """The address of a draft whose rows are checked."""
    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    return place


def in_days(days: float) -> datetime:
    return (timezone.now() + timedelta(days=days)).replace(second=0, microsecond=0)


def typed(at: datetime) -> str:
    return f"{at.astimezone(CAIRO):%Y-%m-%dT%H:%M}"


def the_draft() -> Draft:
    from qafila.campaigns.models import Draft

    return Draft.objects.get()


def contract_at(answer: Any) -> Campaign:
    from qafila.campaigns.models import Campaign

    return Campaign.objects.get(public_id=answer["Location"].rpartition("/")[2])


def panel(client: Client, where: str) -> str:
    return re.sub(r"\s+", " ", text_of(client.get(where)))


def finish(shown: str) -> datetime:
    found = re.search(r'Done by</dt><dd><strong><time datetime="([^"]+)"', shown)
    assert found
    return datetime.fromisoformat(found[1])


def test_it_is_sent_now_unless_a_moment_is_chosen(client: Client, place: str) -> None:
    shown = panel(client, f"{place}/send")
    assert re.search(r'value="now" id="when_now" checked', shown)
    assert 'id="when_at" checked' not in shown
    assert re.search(r'type="datetime-local" id="at" name="at" value="[\d-]+T09:00"', shown)
    assert "By the clock of Africa/Cairo, which shows" in shown
    answer = client.post(f"{place}/start", {"title": "x", "at": "2020-01-01T09:00"})
    assert contract_at(answer).begins_at is None, "a moment that is not chosen does not count"


def test_the_forecast_begins_at_the_moment_and_the_form_keeps_it(client: Client, place: str) -> None:
    now_done, at = finish(panel(client, f"{place}/send")), in_days(30)
    answer = client.post(f"{place}/when", {"when": "at", "at": typed(at), "title": "Eid al-Fitr"})
    assert answer["Location"] == f"{place}/send#when"
    assert (the_draft().begins_at, the_draft().name) == (at, "Eid al-Fitr")
    shown = panel(client, f"{place}/send")
    assert at <= finish(shown) < at + timedelta(days=1)
    assert now_done < at
    assert 'id="when_at" checked' in shown
    assert f'value="{typed(at)}"' in shown
    assert 'value="Eid al-Fitr"' in shown
    client.post(f"{place}/when", {"when": "now"})
    assert the_draft().begins_at is None
    assert finish(panel(client, f"{place}/send")) < at


def test_it_begins_then_and_not_when_its_seconds_are_over(client: Client, place: str, world: World) -> None:
    from qafila.campaigns.actions import begin_planned, draft_start
    from qafila.campaigns.importing import Import

    at = in_days(2)
    answer = client.post(f"{place}/start", {"title": "Later", "when": "at", "at": typed(at)})
    campaign = contract_at(answer)
    assert campaign.begins_at == at
    page = panel(client, answer["Location"])
    assert re.search(r"“Later” begins at this moment: [^.]*\. 11 messages\.", page), "the bar to take it back"
    assert "For a few seconds you can still take it back." in page
    assert re.search(r'class="q-chip[^"]*"><svg[^>]*><use[^>]*></use></svg><span>Planned<', page)
    assert "Take it back" in page
    later = timezone.now() + timedelta(seconds=draft_start.UNDO_SECONDS + 1)
    assert draft_start.begin_due(now=later) == 1
    with Import(campaign.pk) as run:
        assert run.begin(now=later)
        while run.step(now=later):
            pass
    campaign.refresh_from_db()
    assert (campaign.start_wanted, campaign.begins_at, campaign.batch.started_at) == (False, at, None)
    assert "Planned" in panel(client, answer["Location"])
    assert begin_planned(now=at) == 1
    campaign.batch.refresh_from_db()
    assert campaign.batch.started_at == at


def test_it_can_be_taken_back_and_the_moment_stays_chosen(client: Client, place: str) -> None:
    from qafila.campaigns.models import Campaign

    at = in_days(2)
    client.post(f"{place}/start", {"title": "Later", "when": "at", "at": typed(at)})
    answer = client.post(f"{place}/undo", follow=True)
    assert "Taken back. Nothing was sent." in text_of(answer)
    assert f'value="{typed(at)}"' in text_of(answer)
    assert Campaign.objects.exclude(begins_at=None).count() == 0


def test_what_is_called_off_within_these_seconds_is_not_started_after_them(
    client: Client, place: str
) -> None:
    from qafila.campaigns.actions import draft_start

    answer = client.post(f"{place}/start", {"title": "Later", "when": "at", "at": typed(in_days(2))})
    client.post(f"{answer['Location']}/call-off")
    draft_start.begin_due(now=timezone.now() + timedelta(seconds=draft_start.UNDO_SECONDS + 1))
    campaign = contract_at(answer)
    assert (campaign.begins_at, campaign.start_wanted) == (None, False)


def test_what_is_planned_within_these_seconds_is_not_started_after_them(client: Client, place: str) -> None:
    from qafila.campaigns.actions import draft_start

    answer, at = client.post(f"{place}/start", {"title": "Now"}), in_days(1)
    client.post(f"{answer['Location']}/plan", {"at": typed(at)})
    draft_start.begin_due(now=timezone.now() + timedelta(seconds=draft_start.UNDO_SECONDS + 1))
    campaign = contract_at(answer)
    assert (campaign.begins_at, campaign.start_wanted) == (at, False)


@pytest.mark.parametrize("address", ["start", "when"])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [("2020-01-01T09:00", "This moment is over."), ("", "This is no day with a time.")],
)
def test_a_moment_that_cannot_be_leads_back_with_what_was_written(
    address: str, given: str, sentence: str, client: Client, place: str
) -> None:
    from qafila.campaigns.models import Campaign

    before = Campaign.objects.count()
    answer = client.post(f"{place}/{address}", {"title": "x", "when": "at", "at": given})
    assert answer["Location"].startswith(f"{place}/send?at=")
    shown = panel(client, answer["Location"])
    assert sentence in shown
    assert f'name="at" value="{given}"' in shown
    assert 'id="when_at" checked' in shown
    assert (Campaign.objects.count(), the_draft().begins_at) == (before, None)


def test_a_moment_that_went_by_meanwhile_is_said(client: Client, place: str) -> None:
    from qafila.campaigns.models import Draft

    client.post(f"{place}/when", {"when": "at", "at": typed(in_days(1))})
    assert "This moment is over." not in panel(client, f"{place}/send")
    gone = timezone.now() - timedelta(hours=2)
    Draft.objects.update(begins_at=gone)
    shown = panel(client, f"{place}/send")
    assert "This moment is over." in shown
    assert finish(shown) > gone + timedelta(hours=1), "the forecast does not begin in the past"
    client.post(f"{place}/start", {"title": "x", "when": "at", "at": typed(gone)})
    assert the_draft().campaign is None


def test_the_same_rows_again_are_confirmed_with_their_moment(client: Client, place: str) -> None:
    from qafila.campaigns.actions import begin_planned, draft_start
    from qafila.campaigns.models import Draft

    client.post(f"{place}/start", {"title": "First"})
    again = upload(client, bytes(_file_of(the_draft())))
    client.post(f"{again}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    at = in_days(1)
    given = {"title": "Again", "when": "at", "at": typed(at)}
    client.post(f"{again}/start", given)
    assert Draft.objects.get(name="people", campaign=None)
    answer = client.post(f"{again}/start", {**given, "confirm": "1"})
    campaign = contract_at(answer)
    assert campaign.possible_duplicate_of is not None
    draft_start.begin_due(now=timezone.now() + timedelta(seconds=6))
    assert begin_planned(now=at) == 1, "nobody is asked at night"


def _file_of(draft: Draft) -> bytes:
    from django.core.files.storage import default_storage

    with default_storage.open(draft.file, "rb") as file:
        return bytes(file.read())
