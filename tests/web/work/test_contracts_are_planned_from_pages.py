"""A contract is given its moment by a plain form, by the clock of the business; list, page and calendar say when, and what is
counted is what is listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.models import AuditEntry, Business
from qafila.campaigns.actions import begin_planned, plan_contract
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.clock import on_clock
from qafila.dispatch.models import Worker
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender, SenderState

pytestmark = pytest.mark.django_db
CAIRO = ZoneInfo("Africa/Cairo")
Plan = Callable[..., datetime]
Contract = Callable[..., Campaign]


@pytest.fixture
def waiting(contract: Contract) -> Campaign:
    return contract("Eid", 40, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)


@pytest.fixture
def plan(business: Business, owner_actor: object) -> Plan:
    """Plans a contract for a full minute, hours from now; says the moment."""

    def give(campaign: Campaign, hours: float = 14) -> datetime:
        now = timezone.now()
        at = (now + timedelta(hours=hours)).replace(second=0, microsecond=0)
        plan_contract(business=business, public_id=campaign.public_id, at=at, actor=owner_actor, now=now)
        return at

    return give


def shown(client: Client, where: str, **headers: str) -> str:
    return re.sub(r"\s+", " ", client.get(where, headers=headers).content.decode())


def words(client: Client, where: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown(client, where)))


def at_of(campaign: Campaign) -> datetime | None:
    campaign.refresh_from_db()
    return campaign.begins_at


def last_act(business: Business) -> str:
    return AuditEntry.objects.filter(business=business).latest("pk").action


def test_it_is_planned_changed_and_called_off_by_plain_forms(
    waiting: Campaign, owner: Client, business: Business
) -> None:
    page = f"/campaigns/{waiting.public_id}"
    assert f'href="{page}/plan"' in shown(owner, page)
    form = shown(owner, f"{page}/plan")
    assert 'type="datetime-local"' in form
    assert "By the clock of Africa/Cairo, which shows" in form
    suggested = re.search(r'name="at" value="([\d-]+T09:00)"', form)
    assert suggested, "tomorrow morning"
    assert owner.post(f"{page}/plan", {"at": suggested[1]}).status_code == 302
    planned = at_of(waiting)
    assert planned is not None
    assert on_clock(planned, CAIRO) == suggested[1], "by the clock of the business"
    assert last_act(business) == "contract.planned"
    said = words(owner, page)
    assert "Planned" in said
    assert "Start now" in said
    assert "Change the moment" in said
    assert "Start later" not in said
    later = on_clock(planned + timedelta(days=1), CAIRO)
    assert f'value="{suggested[1]}"' in shown(owner, f"{page}/plan"), "what is kept stands in the form"
    owner.post(f"{page}/plan", {"at": later})
    assert at_of(waiting) == planned + timedelta(days=1)
    answer = owner.post(f"{page}/call-off", follow=True).content.decode()
    assert "does not begin by itself any more" in answer
    assert at_of(waiting) is None
    assert last_act(business) == "contract.called_off"
    history = words(owner, page)
    assert "Planned beginning taken back" in history
    assert re.search(r"Planned for \d+ \w+( \d{4})?, 09:00", history)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("2020-01-01T09:00", "This moment is over."),
        ("2999-01-01T09:00", "This moment is too far away."),
        ("soon", "This is no day with a time."),
        ("", "This field is required."),
    ],
)
def test_a_moment_that_cannot_be_is_a_sentence_at_its_field(
    given: str, sentence: str, waiting: Campaign, owner: Client
) -> None:
    answer = owner.post(f"/campaigns/{waiting.public_id}/plan", {"at": given})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'id="id_at_error"[^§]*{re.escape(sentence)}', page)
    assert f'value="{given}"' in page or not given, "what was written stays"
    assert at_of(waiting) is None


def test_a_time_that_the_clock_leaves_out_is_a_sentence(
    waiting: Campaign, owner: Client, business: Business
) -> None:
    Business.objects.filter(pk=business.pk).update(timezone="Europe/Berlin")
    spring = _last_sunday_of_march(timezone.now())
    answer = owner.post(f"/campaigns/{waiting.public_id}/plan", {"at": f"{spring:%Y-%m-%d}T02:30"})
    assert "There is no 02:30 on that day" in answer.content.decode()


def _last_sunday_of_march(now: datetime) -> datetime:
    """The next one on which Europe puts its clocks forward."""
    for year in (now.year, now.year + 1):
        end = datetime(year, 3, 31, tzinfo=UTC)
        found = end - timedelta(days=(end.weekday() + 1) % 7)
        if found > now:
            return found
    raise AssertionError("there is one each year")


def test_what_has_begun_is_given_no_moment(contract: Contract, owner: Client) -> None:
    running = contract("Running", 20)
    for method in (owner.get, owner.post):
        answer = method(f"/campaigns/{running.public_id}/plan", follow=True)
        assert "Only a contract that has not begun" in answer.content.decode()
    assert "Start later" not in shown(owner, f"/campaigns/{running.public_id}")


def test_a_possible_duplicate_asks_first(
    waiting: Campaign, contract: Contract, owner: Client, plan: Plan
) -> None:
    Campaign.objects.filter(pk=waiting.pk).update(possible_duplicate_of=contract("Before", 3))
    where = f"/campaigns/{waiting.public_id}/plan"
    assert 'name="confirm"' in shown(owner, where)
    at = on_clock(timezone.now() + timedelta(days=1), CAIRO)
    answer = owner.post(where, {"at": at})
    assert answer.status_code == 422
    assert "looks like one that you posted before" in answer.content.decode()
    assert at_of(waiting) is None
    assert owner.post(where, {"at": at, "confirm": "on"}).status_code == 302
    assert at_of(waiting) is not None


def test_the_page_says_when_it_begins_and_when_it_ends_from_there(
    waiting: Campaign, plan: Plan, owner: Client
) -> None:
    Sender.objects.filter(pk=waiting.sender_id).update(state=SenderState.READY)
    assert "It has not been started yet." in words(owner, f"/campaigns/{waiting.public_id}/waiting")
    at = plan(waiting, 48)
    said = shown(owner, f"/campaigns/{waiting.public_id}")
    local = at.astimezone(CAIRO)
    assert re.search(
        rf"Begins <time datetime=\"{re.escape(at.isoformat())}\"[^>]*><bdi>[^<]*{local:%H:%M}<", said
    )
    assert re.search(r"data-ago><bdi>in\s1\sday<", said), "the countdown"
    waits = words(owner, f"/campaigns/{waiting.public_id}/waiting")
    assert "Begins" in waits
    assert "It has not been started yet." not in waits, "nobody has to start it"
    ends = re.search(r'ends <time datetime="([^"]+)"', said)
    assert ends
    assert at < datetime.fromisoformat(ends[1]) < at + timedelta(hours=24), "as if it began then"


def test_the_list_counts_down_and_filters(
    waiting: Campaign, contract: Contract, plan: Plan, owner: Client
) -> None:
    other = contract("By hand", 10, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)
    assert 'name="begins"' not in shown(owner, "/campaigns/"), "nothing is planned: no filter of it"
    plan(waiting)
    assert 'name="begins"' in shown(owner, "/campaigns/")
    row = shown(owner, "/campaigns/?q=Eid")
    assert re.search(
        r"Begins <time [^>]*><bdi>[^<]*</bdi></time> <div[^>]*><time [^>]*data-ago><bdi>in\s13\shours<", row
    )
    assert "Planned" in row
    for query, total, name in (
        ("status=pending", 2, other.name),
        ("status=pending&begins=itself", 1, waiting.name),
        ("begins=hand", 1, other.name),
    ):
        found = shown(owner, f"/campaigns/?{query}")
        assert f'id="list-total"><bdi dir="ltr" class="q-num">{total}<' in found, query
        assert name in found


def test_the_calendar_has_it_on_its_day_and_counts_what_it_links_to(
    waiting: Campaign, contract: Contract, plan: Plan, owner: Client
) -> None:
    contract("By hand", 10, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT)
    at = plan(waiting, 24 * 40).astimezone(CAIRO)
    page = shown(owner, f"/campaigns/calendar?month={at:%Y-%m}")
    day = re.search(
        rf'<a class="q-day-link" href="([^"]+)"><time class="q-day" datetime="{at:%Y-%m-%d}">', page
    )
    assert day, "it stands on its day"
    assert re.search(
        rf">{at:%H:%M}</bdi> <span dir=\"auto\">Eid</span></a> <span class=\"q-chip[^>]*>.*?Planned", page
    )
    listed = shown(owner, day[1].replace("&amp;", "&"))
    assert 'id="list-total"><bdi dir="ltr" class="q-num">1<' in listed
    assert "Eid" in listed
    link = re.search(
        r'href="(/campaigns/\?status=pending[^"]*)">1 contract is not started and has no day yet', page
    )
    assert link
    without = shown(owner, link[1].replace("&amp;", "&"))
    assert 'id="list-total"><bdi dir="ltr" class="q-num">1<' in without
    assert "By hand" in without


def test_one_that_is_late_says_so_before_and_after(waiting: Campaign, plan: Plan, owner: Client) -> None:
    plan(waiting, 1)
    page = f"/campaigns/{waiting.public_id}"
    assert "It is late" not in words(owner, page)
    now = timezone.now()
    Campaign.objects.filter(pk=waiting.pk).update(begins_at=now - timedelta(minutes=50))
    said = words(owner, page)
    assert "It is late: nothing could begin it at its moment." in said
    assert "No worker is running" in said
    Worker.objects.create(host="here", pid=1, version="0", started_at=now, seen_at=now)
    assert "No worker is running" not in words(owner, page)
    assert begin_planned(now=now) == 1
    assert "Began 50 min later than planned Qafila" in words(owner, page)


def test_one_that_began_in_time_says_that(waiting: Campaign, plan: Plan, owner: Client) -> None:
    at = plan(waiting, 1)
    begin_planned(now=at)
    said = words(owner, f"/campaigns/{waiting.public_id}")
    assert "Began as planned" in said
    assert "later than planned" not in said


def test_why_it_did_not_begin_stands_on_its_page_until_somebody_saw_to_it(
    waiting: Campaign, plan: Plan, owner: Client
) -> None:
    at = plan(waiting)
    Sender.objects.filter(pk=waiting.sender_id).update(state=SenderState.NOT_CONNECTED)
    assert begin_planned(now=at) == 0
    page = f"/campaigns/{waiting.public_id}"
    said = words(owner, page)
    assert "did not begin at the moment that was set." in said
    assert "The reason: The account is not connected to a provider yet." in said
    assert "Did not begin at its moment" in said, "in its history"
    assert "Start later" in said
    alerts = words(owner, "/alerts/")
    assert "The contract Eid did not begin at the moment that was set." in alerts
    plan(waiting)
    assert "did not begin at the moment that was set." not in words(owner, page)


def test_whoever_only_looks_sees_no_buttons(
    waiting: Campaign, plan: Plan, person: Callable[[str], Client]
) -> None:
    plan(waiting)
    looking = person("read_only")
    said = words(looking, f"/campaigns/{waiting.public_id}")
    assert "Begins" in said
    assert "Change the moment" not in said
    assert looking.post(f"/campaigns/{waiting.public_id}/call-off").status_code == 403


def test_start_now_takes_the_moment_away(waiting: Campaign, plan: Plan, owner: Client) -> None:
    plan(waiting)
    owner.post(f"/campaigns/{waiting.public_id}/start")
    assert at_of(waiting) is None
    assert Batch.objects.get(pk=waiting.batch_id).state == BatchState.FLOWING
