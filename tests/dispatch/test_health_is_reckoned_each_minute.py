"""Each minute the health of numbers is reckoned from what stands in the books: score, verdict, pace, and what follows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qafila.alerts.models import Alert, Level
from qafila.businesses.models import Business
from qafila.dispatch.health_rounds import HealthRounds
from qafila.dispatch.models import Pulse, Tally
from qafila.kit.statements import statement
from qafila.senders.models import (
    Package,
    PackageMember,
    Portfolio,
    ProviderAccount,
    Score,
    ScorePoint,
    Sender,
    SenderHealth,
    ShadowPause,
)
from tests.dispatch.past_calls import Call, every, happened

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2036, 11, 21, 12, 2, 30, tzinfo=UTC)
"""After the real time, at which rows say they were changed: a number changed since its last look is looked at at once."""
MINUTE = timedelta(minutes=1)
SILENT = 35 * MINUTE


def reckoned(sender: Sender, now: datetime = NOW) -> Score:
    HealthRounds().look(now=now)
    return Score.objects.get(sender=sender)


def codes(score: Score) -> list[str]:
    return [reason["code"] for reason in score.reasons]


def packaged(business: Business, *senders: Sender, auto: bool) -> Package:
    package = Package.objects.create(
        business=business, name="Shop", auto_pause_on_failures=auto, created_at=NOW
    )
    for sender in senders:
        PackageMember.objects.create(package=package, sender=sender)
    return package


def healthy(sender: Sender, *, until: datetime, count: int = 100) -> None:
    happened(sender, every(20, count, until=until, arrives=5.0, read=True))


def test_a_number_whose_messages_arrive_is_well(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    healthy(sender, until=NOW)
    score = reckoned(sender)
    assert (score.score, score.known, score.kind) == (100, True, "none")
    assert not Alert.objects.exists()
    pulse = Pulse.objects.filter(sender_id=sender.pk)
    assert sum(one.accepted for one in pulse) == 100
    assert sum(one.within_1m for one in pulse) == sum(one.read for one in pulse) == 100


def test_a_number_that_did_nothing_is_not_known(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    score = reckoned(sender)
    assert (score.score, score.known) == (100, False)
    assert codes(score) == ["health_too_little_known"]


def silent(sender: Sender) -> None:
    """For an hour all arrived, since :data:`SILENT` nothing did."""
    happened(sender, every(20, 180, until=NOW - SILENT, arrives=5.0))
    happened(sender, every(20, SILENT // timedelta(seconds=20), until=NOW))


def test_silence_is_an_alert_and_a_shadow_and_slows_down(
    number: Callable[..., Sender], business: Business
) -> None:
    sender = number("memory")
    packaged(business, sender, auto=False)
    silent(sender)
    score = reckoned(sender)
    assert score.kind == "black_hole"
    assert score.since is not None and abs(score.since - (NOW - SILENT)) <= timedelta(minutes=6)
    assert score.score < 50 and codes(score)[0] == "health_black_hole"
    assert score.factor <= 0.25
    alert = Alert.objects.get()
    assert (alert.code, alert.level) == ("number_black_hole", Level.CRITICAL)
    assert alert.params["waiting"] == 2
    sender.refresh_from_db()
    assert (sender.state, sender.paused_by) == ("ready", "")
    shadow = ShadowPause.objects.get(sender=sender)
    assert (shadow.at, shadow.kind, shadow.ended_at) == (NOW, "black_hole", None)


def test_the_shadow_counts_what_failed_after_it_and_ends_with_the_trouble(
    number: Callable[..., Sender],
) -> None:
    sender = number("memory")
    silent(sender)
    reckoned(sender)
    later = NOW + 20 * MINUTE
    happened(sender, every(20, 30, until=later))
    assert reckoned(sender, later).kind == "black_hole"
    assert 20 <= ShadowPause.objects.get(sender=sender).followed <= 30
    well = later + timedelta(hours=2)
    healthy(sender, until=well)
    assert reckoned(sender, well).kind == "none"
    assert ShadowPause.objects.get(sender=sender).ended_at == well
    assert Alert.objects.get(code="number_black_hole").closed_at == well


def test_people_who_cannot_be_reached_are_no_argument_for_a_pause(number: Callable[..., Sender]) -> None:
    """Every list has them, and a pause would have spared none. Only of a number that reaches nobody at all they count."""
    sender, deaf = number("memory"), number("memory")
    for one, code in ((sender, "silence"), (deaf, "not_on_whatsapp")):
        kind = "black_hole" if one is sender else "failing"
        ShadowPause.objects.create(sender=one, at=NOW, kind=kind, code=code)
        Tally.objects.create(
            sender_id=one.pk, at=NOW + MINUTE, outcome="recipient", code="not_on_whatsapp", count=20
        )

    def followed() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(statement("qafila.dispatch", "shadow_followed"))
        return list(ShadowPause.objects.order_by("pk").values_list("followed", flat=True))

    assert followed() == [0, 20]
    Tally.objects.create(sender_id=sender.pk, at=NOW + MINUTE, outcome="unknown", code="http_500", count=3)
    assert followed() == [3, 20]


def test_where_a_package_asks_for_it_the_number_is_paused(
    number: Callable[..., Sender], business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    sender = number("memory")
    packaged(business, sender, auto=True)
    silent(sender)
    with caplog.at_level(logging.INFO):
        reckoned(sender)
    sender.refresh_from_db()
    assert (sender.state, sender.paused_by, sender.state_reason) == ("paused", "auto", "health_black_hole")
    assert Alert.objects.get(code="profile_auto_paused").level == Level.CRITICAL
    assert "Profile auto-paused due to block detection" in [record.getMessage() for record in caplog.records]
    assert not ShadowPause.objects.exists()
    reckoned(sender, NOW + MINUTE)
    assert Alert.objects.get(code="profile_auto_paused").count == 1


def test_one_of_two_packages_is_enough(number: Callable[..., Sender], business: Business) -> None:
    sender = number("memory")
    packaged(business, sender, auto=False)
    packaged(business, sender, auto=True)
    silent(sender)
    reckoned(sender)
    sender.refresh_from_db()
    assert sender.paused_by == "auto"


def test_everybody_of_an_account_at_once_is_the_providers_trouble(
    number: Callable[..., Sender], business: Business
) -> None:
    first = number("memory")
    assert first.provider_account is not None
    others = [number("memory", account=first.provider_account) for _ in range(3)]
    packaged(business, first, *others, auto=True)
    for sender in (first, *others):
        silent(sender)
    HealthRounds().look(now=NOW)
    assert set(Score.objects.values_list("kind", flat=True)) == {"degraded"}
    assert [alert.code for alert in Alert.objects.all()] == ["provider_degraded"]
    assert not Sender.objects.filter(state="paused").exists() and not ShadowPause.objects.exists()


def test_a_gateway_that_tells_of_no_receipts_is_not_silent(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    happened(sender, every(20, 200, until=NOW))
    score = reckoned(sender)
    assert (score.kind, score.score) == ("none", 100)
    assert "health_no_receipts" in codes(score)


def test_what_the_provider_says_counts(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    healthy(sender, until=NOW)
    SenderHealth.objects.create(sender=sender, quality="RED", can_send="LIMITED")
    score = reckoned(sender)
    assert score.score == 40
    assert codes(score) == ["health_quality_red", "health_provider_limited"]
    alert = Alert.objects.get()
    assert (alert.code, alert.level) == ("number_unwell", Level.WARNING)
    assert alert.params["reason"] == "health_quality_red"
    SenderHealth.objects.update(quality="GREEN", can_send="AVAILABLE", checked_at=NOW + MINUTE)
    assert reckoned(sender, NOW + 2 * MINUTE).score == 100
    assert Alert.objects.get().closed_at is not None


def test_a_time_lock_and_a_used_up_quota_count(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    until = (NOW + timedelta(hours=5)).isoformat()
    SenderHealth.objects.create(sender=sender, details={"time_locked_until": until, "new_chats_used": 1.0})
    score = reckoned(sender)
    assert score.score == 30
    assert codes(score) == ["health_time_lock", "health_new_chats"]


def test_a_stopped_account_is_no_ill_health_of_each_of_its_numbers(number: Callable[..., Sender]) -> None:
    """It has an alert of its own; "send less" would be the wrong advice for every one of them."""
    first = number("memory")
    account = first.provider_account
    assert account is not None
    others = [number("memory", account=account) for _ in range(2)]
    ProviderAccount.objects.filter(pk=account.pk).update(state="stopped", state_reason="memory.unauthorized")
    HealthRounds().look(now=NOW)
    for sender in (first, *others):
        score = Score.objects.get(sender=sender)
        assert (score.score, codes(score)[0], score.factor) == (0, "health_cannot_send", 1.0)
    assert not Alert.objects.filter(code="number_unwell").exists()
    for hour in range(1, 25):
        HealthRounds().look(now=NOW + timedelta(hours=hour))
    assert set(Score.objects.values_list("factor", flat=True)) == {1.0}


def test_a_number_that_cannot_send_has_nothing(number: Callable[..., Sender]) -> None:
    sender = number("memory", state="stopped", state_reason="memory.logged_out")
    score = reckoned(sender)
    assert score.score == 0
    assert score.reasons[0]["params"] == {"reason": "memory.logged_out"}


def test_its_own_past_becomes_the_normal(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    happened(sender, every(60, 300, until=NOW - timedelta(hours=7), arrives=200.0))
    for age in (8, 9, 10, 11, 12):  # as the rounds of those hours would have counted them
        HealthRounds().look(now=NOW - timedelta(hours=age) + timedelta(hours=1))
    from qafila.dispatch.pulse import count_pulses

    count_pulses(now=NOW)
    Score.objects.update(learned_at=NOW - timedelta(hours=12))
    score = reckoned(sender)
    within = score.normal["within"]
    assert within[0] == 0.0 and within[1] > 0.9


def test_points_are_kept_each_hour_for_ninety_days(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    old = NOW - timedelta(days=91)
    ScorePoint.objects.create(sender_id=sender.pk, at=old, score=1, factor=1.0)
    rounds = HealthRounds()
    for minutes in (0, 1, 58, 61):
        rounds.look(now=NOW + minutes * MINUTE)
    kept = ScorePoint.objects.order_by("at").values_list("at", flat=True)
    hour = NOW.replace(minute=0, second=0)
    assert list(kept) == [hour, hour + timedelta(hours=1)]


def test_another_worker_has_just_done_it(number: Callable[..., Sender]) -> None:
    number("memory")
    assert HealthRounds().look(now=NOW) == 1
    assert HealthRounds().look(now=NOW + timedelta(seconds=20)) == 0


def test_a_round_costs_as_many_statements_for_many_numbers(number: Callable[..., Sender]) -> None:
    def cost(at: datetime) -> int:
        with CaptureQueriesContext(connection) as queries:
            HealthRounds().look(now=at)
        return len(queries)

    first = number("memory")
    healthy(first, until=NOW, count=10)
    HealthRounds().look(now=NOW)
    few = cost(NOW + 6 * MINUTE)
    for _ in range(12):
        healthy(number("memory", account=first.provider_account), until=NOW + 12 * MINUTE, count=10)
    assert cost(NOW + 12 * MINUTE) <= few + 2  # a slot more may have calls


def test_a_well_number_that_calls_is_looked_at_each_five_minutes_a_failing_one_each_minute(
    number: Callable[..., Sender],
) -> None:
    well, failing = number("memory"), number("memory")
    for sender in (well, failing):
        healthy(sender, until=NOW)
    HealthRounds().look(now=NOW)
    happened(failing, [Call(NOW + timedelta(seconds=20), "unknown", "response_lost")])
    assert HealthRounds().look(now=NOW + MINUTE) == 1
    assert Score.objects.get(sender=failing).at == NOW + MINUTE
    assert HealthRounds().look(now=NOW + 5 * MINUTE) == 2


def test_a_failure_ends_in_the_trace_as_it_was(number: Callable[..., Sender]) -> None:
    sender = number("memory")
    healthy(sender, until=NOW - MINUTE)
    happened(sender, [Call(NOW - timedelta(seconds=30), "sender", "logged_out")])
    score = reckoned(sender)
    assert (score.kind, score.code) == ("logged_out", "logged_out")
    assert not ShadowPause.objects.exists()  # the engine stops it, with or without the switch


def test_a_portfolio_that_is_used_up_is_said_and_takes_nothing_off(
    number: Callable[..., Sender], business: Business
) -> None:
    sender, phone = number(), number("memory")
    portfolio = Portfolio.objects.create(business=business, ref="owner-1", cap=1_000, used=950)
    ProviderAccount.objects.update(portfolio=portfolio)
    score = reckoned(sender)
    assert (score.score, codes(score)) == (100, ["health_portfolio_used", "health_too_little_known"])
    assert score.reasons[0]["params"] == {"percent": 95}
    assert "health_portfolio_used" not in codes(Score.objects.get(sender=phone))


def test_the_hours_keep_what_was_sent(number: Callable[..., Sender]) -> None:
    """Also of a call that ended after its hour was noted first."""
    sender, hour = number("memory"), NOW.replace(minute=0, second=0)
    rounds = HealthRounds()
    happened(sender, every(60, 30, until=hour - MINUTE))
    rounds.look(now=hour + MINUTE)
    assert ScorePoint.objects.get(sender_id=sender.pk, at=hour).accepted == 30
    happened(sender, every(60, 5, until=hour - MINUTE))
    happened(sender, every(60, 40, until=hour + 50 * MINUTE))
    rounds.look(now=hour + 61 * MINUTE)
    found = dict(ScorePoint.objects.filter(sender_id=sender.pk).values_list("at", "accepted"))
    assert found == {hour: 35, hour + timedelta(hours=1): 40}
