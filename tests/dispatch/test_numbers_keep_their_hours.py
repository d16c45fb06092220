"""A number sends campaigns only in its hours, by the clock of its business; answers to people always go out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qafila.alerts.models import Alert
from qafila.businesses.actor import system_actor
from qafila.businesses.models import Business
from qafila.dispatch import actions, official_lane, packages, queries
from qafila.dispatch.finishing import finish_estimates
from qafila.dispatch.forecast import forecast_batch, human_seconds, official_seconds
from qafila.dispatch.lane import Fenced, Waiting
from qafila.dispatch.lane_runner import LaneRunner
from qafila.dispatch.lanes import make_runner
from qafila.dispatch.models import Lane, Worker
from qafila.dispatch.phone_lane import PhoneLane
from qafila.dispatch.rules.human_pace import HumanPolicy
from qafila.dispatch.use import outlooks
from qafila.dispatch.waiting import waiting
from qafila.events.jobs import run_due
from qafila.kit.clock import SystemClock
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import State, Target
from qafila.senders.actions import change_sender
from qafila.senders.actions import packages as package_actions
from qafila.senders.models import Package, Sender
from qafila.senders.rules.hours import Kept, as_kept, hours_of
from tests.dispatch.conftest import TEMPLATE, TEXT, Engine
from tests.dispatch.lane_in_hand import in_hand

pytestmark = pytest.mark.django_db(transaction=True)

Number = Callable[..., Sender]
Contract = Callable[..., Batch]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
NEPAL = ZoneInfo("Asia/Kathmandu")
"""Its clock is put neither forward nor back: a week has as many hours on whatever day this runs."""
QUICK = HumanPolicy(
    per_minute=10_000,
    burst=10_000,
    between=(0.01, 0.02),
    before_typing=(0, 0.01),
    typing_at_least=0.01,
    typing_at_most=0.02,
)
LANES = pytest.mark.parametrize(
    ("kind", "use_limits"),
    [("memory", True), ("memory", False), ("memory_official", True), ("memory_official", False)],
)


@pytest.fixture(autouse=True)
def clock_of_the_business(business: Business) -> None:
    business.timezone = NEPAL.key
    business.save(update_fields=["timezone"])


def quick(lane: Any, connection: Any, tools: Any) -> LaneRunner:
    if connection.provider.capabilities.official:
        return make_runner(lane, connection, tools)
    return PhoneLane(lane, connection, tools, QUICK)


def now() -> datetime:
    return datetime.now(UTC)


def between(begin: datetime, end: datetime) -> Kept:
    """Hours of which nothing is near but this one time, less than a day long."""
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    first, last = begin.astimezone(NEPAL), end.astimezone(NEPAL)
    days[first.weekday()] = [(first.hour * 60 + first.minute, last.hour * 60 + last.minute)]
    found = as_kept(days)
    assert found is not None
    return found


def later() -> tuple[Kept, datetime]:
    """Hours that begin in three hours, and when that is."""
    opens = (now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    return between(opens, opens + timedelta(hours=2)), opens


def give(sender: Sender, hours: Kept | None) -> None:
    """A person sets them, and whoever hears of that acts."""
    change_sender(sender=sender, hours=hours, actor=system_actor(sender.business), now=now())
    run_due(now=now())


def asleep(sender: Sender, *, until: datetime | None = None) -> Lane | None:
    found = Lane.objects.filter(pk=sender.pk, owner_id=None)
    return (found.filter(due_at=until) if until else found).first()


class Ahead(SystemClock):
    """The machine's clock put forward, less than a minute, so that a full minute is soon."""

    def __init__(self, *, minute_in: float) -> None:
        real = now()
        self.minute = (real + timedelta(seconds=60 + minute_in)).replace(second=0, microsecond=0)
        self.ahead = self.minute - timedelta(seconds=minute_in) - real

    def now(self) -> datetime:
        return super().now() + self.ahead


def on(engine: Engine, clock: Ahead) -> None:
    engine.tools = dataclasses.replace(engine.tools, clock=clock)


@LANES
async def test_outside_its_hours_answers_go_out_and_campaigns_wait_for_them(
    engine: Engine, number: Number, contract: Contract, kind: str, use_limits: bool
) -> None:
    hours, opens = later()
    sender = await engine.act(number, kind, in_use_since=LONG_AGO, use_limits=use_limits, hours=hours)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    answers = await engine.act(contract, (Target.SENDER, sender.pk), 2, priority=1)
    engine.start(make=quick)
    assert (await engine.at_rest(answers)).sent == 2
    await engine.until(lambda: asleep(sender, until=opens))
    assert (await engine.counts(campaign)).queued == 3
    more = await engine.act(contract, (Target.SENDER, sender.pk), 2, priority=1)
    assert (await engine.at_rest(more)).sent == 2, "an answer that comes while it is closed"
    await engine.until(lambda: asleep(sender, until=opens))
    assert (await engine.counts(campaign)).queued == 3
    await engine.act(give, sender, None)
    assert (await engine.at_rest(campaign)).sent == 3, "nobody waits for what is no longer so"


@LANES
async def test_the_end_of_its_hours_stops_campaigns_in_mid_run(
    engine: Engine,
    number: Number,
    contract: Contract,
    kind: str,
    use_limits: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The end is not found by looking at the batches again, which an official lane does each second: it may begin 1,000 in that.
    monkeypatch.setattr(official_lane, "LOOK_AGAIN_SECONDS", 20.0)
    sender = await engine.act(number, kind, in_use_since=LONG_AGO, use_limits=use_limits, throughput=20)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3_000)
    clock = Ahead(minute_in=6.0)
    hours = between(clock.minute - timedelta(hours=1), clock.minute)
    await engine.act(lambda: Sender.objects.filter(pk=sender.pk).update(hours=hours))
    on(engine, clock)
    engine.start(make=quick)
    await engine.until(lambda: asleep(sender, until=clock.minute + timedelta(days=7, hours=-1)))
    counts = await engine.counts(campaign)
    assert counts.sent > 0, "they were open for some seconds"
    assert counts.queued == 3_000 - counts.sent
    begun = await engine.act(
        lambda: sorted(
            at
            for at in Message.objects.filter(batch_id=campaign.pk).values_list("claimed_at", flat=True)
            if at
        )
    )
    assert begun[-1] < clock.minute + timedelta(milliseconds=100)
    await engine.balanced(campaign)


@LANES
async def test_campaigns_begin_as_soon_as_its_hours_do(
    engine: Engine, number: Number, contract: Contract, kind: str, use_limits: bool
) -> None:
    sender = await engine.act(number, kind, in_use_since=LONG_AGO, use_limits=use_limits)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    clock = Ahead(minute_in=4.0)
    hours = between(clock.minute, clock.minute + timedelta(hours=1))
    await engine.act(lambda: Sender.objects.filter(pk=sender.pk).update(hours=hours))
    on(engine, clock)
    engine.start(make=quick)
    assert (await engine.at_rest(campaign)).sent == 3
    begun = await engine.act(
        lambda: list(Message.objects.filter(batch_id=campaign.pk).values_list("claimed_at", flat=True))
    )
    assert min(begun) >= clock.minute


async def test_a_message_that_would_not_be_typed_before_the_end_is_not_begun(
    engine: Engine, number: Number, contract: Contract
) -> None:
    sender = await engine.act(number, "memory", in_use_since=LONG_AGO)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3, content=TEXT)
    clock = Ahead(minute_in=12.0)
    hours = between(clock.minute - timedelta(hours=1), clock.minute)
    await engine.act(lambda: Sender.objects.filter(pk=sender.pk).update(hours=hours))
    on(engine, clock)
    slow = HumanPolicy(typing_at_least=19.0)
    engine.start(make=lambda lane, connection, tools: PhoneLane(lane, connection, tools, slow))
    await engine.until(lambda: asleep(sender, until=clock.minute + timedelta(days=7, hours=-1)))
    assert clock.now() < clock.minute, "nobody sat there until the end"
    assert (await engine.counts(campaign)).queued == 3


@pytest.mark.parametrize("kind", ["memory", "memory_official"])
async def test_hours_that_are_set_in_mid_run_count_at_once(
    engine: Engine, number: Number, contract: Contract, kind: str
) -> None:
    sender = await engine.act(number, kind, in_use_since=LONG_AGO, throughput=20)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3_000)
    engine.start(make=quick)
    await engine.until(lambda: Message.objects.filter(batch_id=campaign.pk, state=State.SENT).count() > 5)
    hours, opens = later()
    await engine.act(give, sender, hours)
    claimed = await engine.act(
        lambda: Message.objects.filter(batch_id=campaign.pk, claimed_at__isnull=False).count()
    )
    await engine.until(lambda: asleep(sender, until=opens))
    counts = await engine.counts(campaign)
    assert (counts.sending, counts.queued) == (0, 3_000 - counts.sent)
    assert counts.sent <= claimed, "nothing is begun once they are written"


@pytest.mark.parametrize("kind", ["memory", "memory_official"])
async def test_an_answer_that_is_tried_again_does_not_wait_for_the_hours(
    engine: Engine, number: Number, contract: Contract, kind: str
) -> None:
    hours, _ = later()
    sender = await engine.act(number, kind, in_use_since=LONG_AGO, hours=hours)
    await engine.act(contract, (Target.SENDER, sender.pk), 3)
    answers = await engine.act(contract, (Target.SENDER, sender.pk), 1, priority=1, start=False)
    soon = now() + timedelta(seconds=40)

    def begin() -> None:
        Message.objects.filter(batch_id=answers.pk).update(due_at=soon)
        actions.start_batch(batch_id=answers.pk, business_id=answers.business_id, now=now())

    await engine.act(begin)
    engine.start(make=quick)
    await engine.until(lambda: asleep(sender, until=soon))


@pytest.mark.parametrize(
    ("hours", "zone", "goes"),
    [
        ("same", "Asia/Kathmandu", True),
        ("others", "Asia/Kathmandu", False),
        ("none", "Asia/Kathmandu", False),
        ("same", "Africa/Cairo", False),
    ],
    ids=["as it knows", "other hours", "none by now", "another clock"],
)
async def test_the_claim_itself_is_on_the_hours_of_now(
    engine: Engine, number: Number, contract: Contract, hours: str, zone: str, goes: bool
) -> None:
    known, _ = later()
    by_now = {"same": known, "others": [[["09:00", "18:00"]]] * 6 + [[]], "none": None}[hours]
    sender = await engine.act(number, "memory", hours=by_now)
    batch = await engine.act(contract, (Target.SENDER, sender.pk), 2, content=TEXT, priority=1)
    lane = await engine.act(in_hand, sender, hours=known, zone="Asia/Kathmandu")
    await engine.act(lambda: Business.objects.filter(pk=sender.business_id).update(timezone=zone))
    waits = Waiting(batch.pk, 1, TEXT, now(), 0, "", 0, int(Target.SENDER), sender.pk, False, 1.0)
    claim = lane.claim(engine.pool, waits, n=2, now=now(), monotonic=0.0)
    if goes:
        assert len(await claim) == 2
    else:
        with pytest.raises(Fenced):
            await claim


async def test_a_business_that_moves_to_another_clock_is_followed_at_once(
    engine: Engine, number: Number, contract: Contract
) -> None:
    hours, opens = later()
    sender = await engine.act(number, hours=hours)
    other = await engine.act(number)
    campaign = await engine.act(contract, (Target.SENDER, sender.pk), 3)
    engine.start(make=quick)
    await engine.until(lambda: asleep(sender, until=opens))
    zone = "Africa/Cairo"

    def move() -> int:
        Business.objects.filter(pk=sender.business_id).update(timezone=zone)
        return actions.wake_by_the_clock(business_id=sender.business_id, now=now())

    assert await engine.act(move) == 1, f"{other.name} looks at no clock"
    there = datetime.fromtimestamp(hours_of(hours, zone).next_open(now().timestamp()), UTC)
    if there > now() + timedelta(seconds=30):
        await engine.until(lambda: asleep(sender, until=there))
    else:  # open there already
        assert (await engine.at_rest(campaign)).sent == 3


def test_why_not_yet_and_the_page_say_when_it_opens(number: Number, contract: Contract) -> None:
    hours, opens = later()
    sender = number("memory", in_use_since=LONG_AGO, hours=hours)
    campaign = contract((Target.SENDER, sender.pk), 2, content=TEXT)
    answers = contract((Target.SENDER, sender.pk), 1, content=TEXT, priority=1)
    Worker.objects.create(host="here", pid=1, version="0", started_at=now(), seen_at=now())
    why = queries.why_not_yet(next(iter(ledger.messages(campaign.pk, limit=1))), now=now())
    assert why == queries.WhyNotYet("outside_hours", opens)
    campaign.refresh_from_db()
    first = waiting(campaign, now=now())[0]
    assert (first.code, first.not_before) == ("outside_hours", opens)
    answer = queries.why_not_yet(next(iter(ledger.messages(answers.pk, limit=1))), now=now())
    assert answer == queries.WhyNotYet("in_queue")
    outlook = outlooks([sender], now=now())[sender.pk]
    assert (outlook.why, outlook.next_at) == ("outside_hours", opens)
    Sender.objects.update(hours=None)
    sender.refresh_from_db()
    assert outlooks([sender], now=now())[sender.pk].why == ""


def test_what_its_pace_frees_at_night_goes_out_in_the_morning(number: Number, contract: Contract) -> None:
    closes = (now() + timedelta(hours=1)).replace(second=0, microsecond=0)
    sender = number("memory", in_use_since=LONG_AGO, hours=between(closes - timedelta(hours=3), closes))
    campaign = contract((Target.SENDER, sender.pk), 2, content=TEXT)
    Worker.objects.create(host="here", pid=1, version="0", started_at=now(), seen_at=now())
    free_at = now() + timedelta(hours=2)
    human = {"recent": [], "hours": {}, "since_rest": 0, "free_at": free_at.timestamp()}
    Lane.objects.filter(sender=sender).update(pace={"human": human})
    why = queries.why_sender_waits(campaign, sender, now=now())
    opens = closes + timedelta(days=7, hours=-3)
    assert why == queries.WhyNotYet("pace", opens)
    assert outlooks([sender], now=now())[sender.pk].next_at == opens


# -- packages ----------------------------------------------------------------------------------------------------------


def _package(business: Business, members: list[tuple[Sender, int]]) -> Package:
    actor = system_actor(business)
    made = package_actions.create_package(business=business, name="Clinics", actor=actor, now=now())
    for sender, weight in members:
        package_actions.add_member(package=made, sender=sender, weight=weight, actor=actor, now=now())
    return made


async def test_a_package_goes_on_without_the_number_that_is_closed(
    engine: Engine, number: Number, contract: Contract, business: Business
) -> None:
    hours, opens = later()
    closed, is_open = await engine.act(lambda: (number(hours=hours), number()))
    package = await engine.act(_package, business, [(closed, 100), (is_open, 1)])
    batch = await engine.act(contract, (Target.PACKAGE, package.pk), 20, start=False)
    answers = await engine.act(contract, (Target.PACKAGE, package.pk), 2, start=False, priority=1)

    def address() -> None:
        for one, count in ((batch, 10), (answers, 2)):
            mine = Message.objects.filter(batch_id=one.pk).order_by("id").values_list("id", flat=True)[:count]
            Message.objects.filter(pk__in=list(mine)).update(sender_id=closed.pk, pinned_to=closed.pk)
        actions.start_batch(batch_id=batch.pk, business_id=business.pk, now=now())

    await engine.act(address)
    engine.start(make=quick)
    await engine.until(lambda: asleep(closed, until=opens))
    await engine.act(actions.start_batch, batch_id=answers.pk, business_id=business.pk, now=now())
    assert (await engine.at_rest(answers)).sent == 2
    by = await engine.act(
        lambda: set(Message.objects.filter(batch_id=answers.pk).values_list("sender_id", flat=True))
    )
    assert by == {closed.pk}, "whom it knows it answers, whatever the clock shows"
    await engine.until(lambda: asleep(closed, until=opens))
    assert await engine.act(packages.tend, now=now()) == 10
    assert (await engine.at_rest(batch)).sent == 20
    by = await engine.act(
        lambda: set(Message.objects.filter(batch_id=batch.pk).values_list("sender_id", flat=True))
    )
    assert by == {is_open.pk}


async def test_a_light_number_takes_its_whole_pace_while_the_heavy_one_is_closed(
    engine: Engine, number: Number, contract: Contract, business: Business
) -> None:
    hours, opens = later()
    heavy, light = await engine.act(lambda: (number(hours=hours), number()))
    package = await engine.act(_package, business, [(heavy, 100), (light, 1)])
    await engine.act(contract, (Target.PACKAGE, package.pk), 5)
    lane = await engine.act(in_hand, light)
    (waits,) = await lane.outlook(engine.pool)
    assert waits.share == pytest.approx(0.01)
    await engine.act(lambda: Lane.objects.filter(pk=heavy.pk).update(due_at=opens))
    (waits,) = await lane.outlook(engine.pool)
    assert waits.share == 1.0


def test_a_package_that_waits_for_the_morning_is_nothing_to_tell_of(
    number: Number, contract: Contract, business: Business
) -> None:
    hours, opens = later()
    sender = number(hours=hours)
    package = _package(business, [(sender, 1)])
    contract((Target.PACKAGE, package.pk), 5)
    Lane.objects.filter(pk=sender.pk).update(due_at=opens)
    packages.tend(now=now())
    assert not Alert.objects.exists()
    Sender.objects.filter(pk=sender.pk).update(hours=None)  # for its pace it waits now
    packages.tend(now=now())
    assert Alert.objects.get().code == "package_waiting"


# -- when it will be done ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "memory_official"])
@pytest.mark.parametrize("use_limits", [True, False])
def test_a_forecast_begins_when_it_opens(
    number: Number, contract: Contract, kind: str, use_limits: bool
) -> None:
    hours, opens = later()
    sender = number(kind, in_use_since=LONG_AGO, use_limits=use_limits)
    batch = contract((Target.SENDER, sender.pk), 20, start=False, content=TEMPLATE)
    at = now()
    before = forecast_batch(batch.pk, now=at)
    assert before.finish_at is not None
    assert not before.waits
    Sender.objects.update(hours=hours)
    found = forecast_batch(batch.pk, now=at)
    assert found.finish_at is not None
    assert abs(found.finish_at - (opens + (before.finish_at - at))) < timedelta(seconds=1)
    assert list(found.waits) == [("outside_hours", 20)]
    estimate = finish_estimates([batch.pk], now=at)[batch.pk]
    assert estimate.finish_at is not None
    assert opens < estimate.finish_at < opens + timedelta(hours=1)
    assert estimate.why == "outside_hours"


@pytest.mark.parametrize("kind", ["memory", "memory_official"])
def test_what_is_left_at_the_end_of_the_hours_goes_out_in_the_next_ones(
    number: Number, contract: Contract, kind: str
) -> None:
    closes = datetime(2026, 6, 1, 12, 15, tzinfo=UTC)
    at = closes - timedelta(seconds=60)
    days = [[["09:00", "18:00"]]] * 6 + [[]]
    sender = number(kind, in_use_since=LONG_AGO, throughput=1, hours=days)
    batch = contract((Target.SENDER, sender.pk), 100, start=False)
    found = forecast_batch(batch.pk, now=at)
    ((code, left),) = found.waits
    assert code == "outside_hours"
    assert (left == 40) if kind == "memory_official" else (90 <= left < 99), "so many go out in a minute"
    assert found.finish_at is not None
    morning = datetime(2026, 6, 2, 3, 15, tzinfo=UTC)
    assert morning < found.finish_at < morning + timedelta(hours=2)
    if kind == "memory_official":
        assert found.finish_at == morning + timedelta(seconds=40)


def test_an_estimate_counts_on_the_numbers_that_are_open(
    number: Number, contract: Contract, business: Business
) -> None:
    hours, opens = later()
    package = _package(business, [(number(hours=hours), 1), (number(), 1)])
    batch = contract((Target.PACKAGE, package.pk), 100)
    estimate = finish_estimates([batch.pk], now=now())[batch.pk]
    assert estimate.finish_at is not None
    assert estimate.finish_at < opens
    assert estimate.why == ""


def test_long_work_is_done_within_its_hours_day_by_day() -> None:
    short = hours_of([[["09:00", "10:00"]]] * 5 + [[], []], "UTC")
    monday = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    asked = {"count": 4_000, "lengths": [80], "now": monday, "in_use_since": LONG_AGO}
    seconds = human_seconds(**asked, hours=short)  # type: ignore[arg-type]
    done = monday + timedelta(seconds=seconds)
    assert done.hour == 9
    assert done.weekday() < 5
    assert timedelta(days=14) < done - monday < timedelta(days=60), "about 130 fit into an hour"
    # 250 people a day, on working days only: ten of them are two weeks.
    people = official_seconds(count=2_500, rate=80, room=250, cap=250, now=monday, hours=short)
    assert monday + timedelta(seconds=people) == datetime(2026, 6, 12, 9, 0, 3, 125_000, tzinfo=UTC)
    # What the number's own rate lets through in its hours: two hours and a quarter.
    slow = official_seconds(count=8_100, rate=1, room=None, cap=None, now=monday, hours=short)
    assert monday + timedelta(seconds=slow) == datetime(2026, 6, 3, 9, 15, tzinfo=UTC)


def test_an_estimate_of_very_many_is_near_what_is_walked_through(number: Number, contract: Contract) -> None:
    days = [[["09:00", "12:00"]]] * 7
    sender = number("memory", in_use_since=LONG_AGO, hours=days)
    batch = contract((Target.SENDER, sender.pk), 4_000, start=False, people=10)
    at = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    estimate = finish_estimates([batch.pk], now=at)[batch.pk]
    walked = human_seconds(
        count=4_000, lengths=[80], now=at, in_use_since=LONG_AGO, hours=hours_of(days, "Asia/Kathmandu")
    )
    assert estimate.seconds == pytest.approx(walked, rel=0.15)
    assert estimate.finish_at is not None
    assert 9 <= estimate.finish_at.astimezone(NEPAL).hour <= 12
