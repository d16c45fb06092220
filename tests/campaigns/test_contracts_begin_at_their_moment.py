"""A contract begins by itself at the moment that was set: once, however many workers look and whenever one of them dies; and
where it may not begin, a person hears why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from qafila.alerts.models import Alert, Level
from qafila.alerts.saying import says
from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.campaigns import actions, importing, queries
from qafila.campaigns.actions.plans import REFUSED
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.rules.statuses import Status
from qafila.dispatch import package_holds
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState
from qafila.senders.actions import pause_sender
from qafila.senders.models import MessageTemplate, Package, Sender, SenderState

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AT = NOW + timedelta(hours=14)
SECOND = timedelta(seconds=1)
Made = Callable[..., Campaign]


@pytest.fixture
def contract(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Made:
    """A contract that is not started; ``over``, ``n`` and ``now`` may be given."""

    def make(n: int = 0, *, now: datetime = NOW, **over: Any) -> Campaign:
        rows = [{"phoneNumber": f"799912345{n}{m}", "message": f"Hello {m}"} for m in range(3)]
        return actions.create_contract(
            business=business,
            name=f"Eid {n}",
            recipients=rows,
            actor=owner_actor,
            now=now,
            **(over or {"sender": phone_linked_sender}),
        ).campaign

    return make


@pytest.fixture
def plan(business: Business, owner_actor: Actor) -> Callable[..., actions.Started]:
    def set_moment(campaign: Campaign, at: datetime = AT, **given: Any) -> actions.Started:
        return actions.plan_contract(
            business=business,
            public_id=campaign.public_id,
            at=at,
            **{"actor": owner_actor, "now": NOW, **given},
        )

    return set_moment


Plan = Callable[..., actions.Started]


def standing(campaign: Campaign) -> tuple[Status, datetime | None]:
    found = queries.contract(campaign.business_id, campaign.public_id, now=NOW)
    assert found is not None
    return found.status, found.campaign.begins_at


def audited(campaign: Campaign) -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(subject_id=campaign.public_id).order_by("pk")
    return [(row.action.removeprefix("contract."), row.actor_kind) for row in rows]


def detail(campaign: Campaign, action: str) -> dict[str, Any]:
    return (
        AuditEntry.objects.filter(subject_id=campaign.public_id, action=f"contract.{action}")
        .latest("pk")
        .detail
    )


def starts(campaign: Campaign) -> int:
    """How often it was started."""
    return [word for word, _ in audited(campaign)].count("started")


def test_it_begins_at_its_moment_and_not_before(contract: Made, plan: Plan) -> None:
    campaign, other = contract(), contract(1)
    assert (plan(campaign).changed, standing(campaign)) == (True, (Status.PENDING, AT))
    assert actions.begin_planned(now=AT - SECOND) == 0
    assert actions.begin_planned(now=AT) == 1
    assert (standing(campaign), standing(other)) == ((Status.IN_PROGRESS, None), (Status.PENDING, None))
    assert Batch.objects.get(pk=campaign.batch_id).started_at == AT
    assert audited(campaign) == [("created", "user"), ("planned", "user"), ("started", "system")]
    assert detail(campaign, "planned") == {"at": "2026-11-22T23:00:00.000Z"}
    assert detail(campaign, "started")["planned"] == "2026-11-22T23:00:00.000Z"
    assert actions.begin_planned(now=AT + SECOND) == 0


def test_the_moment_can_be_changed_and_taken_back(
    contract: Made, plan: Plan, business: Business, owner_actor: Actor
) -> None:
    campaign = contract()
    plan(campaign)
    assert not plan(campaign).changed, "the same again"
    later = AT + timedelta(days=2)
    assert plan(campaign, later).changed
    assert actions.begin_planned(now=AT) == 0
    off = {"business": business, "public_id": campaign.public_id, "actor": owner_actor, "now": NOW}
    assert (actions.call_off(**off).changed, standing(campaign)) == (True, (Status.PENDING, None))
    assert not actions.call_off(**off).changed
    assert actions.begin_planned(now=later) == 0
    assert [word for word, _ in audited(campaign)] == ["created", "planned", "planned", "called_off"]
    assert detail(campaign, "called_off") == {"at": "2026-11-24T23:00:00.000Z"}


def test_only_what_may_begin_then_and_only_by_whoever_may_is_planned(
    contract: Made, plan: Plan, business: Business, other_business: Business, owner_actor: Actor, stranger_actor: Actor
) -> None:  # fmt: skip
    campaign = contract()
    for at, code in (
        (NOW - timedelta(minutes=2), "begin_in_past"),
        (NOW + timedelta(days=400), "begin_too_far"),
    ):
        with pytest.raises(Refused) as caught:
            plan(campaign, at)
        assert caught.value.code == code
    looking = Actor("user", "", business, frozenset({"contracts:read"}), "en")
    with pytest.raises(NotAllowed):
        plan(campaign, actor=looking)
    with pytest.raises(NotFound):
        actions.plan_contract(
            business=other_business, public_id=campaign.public_id, at=AT, actor=stranger_actor, now=NOW
        )
    with pytest.raises(NotFound):
        actions.call_off(business=other_business, public_id=campaign.public_id, actor=stranger_actor, now=NOW)
    with pytest.raises(NotAllowed):
        actions.call_off(business=business, public_id=campaign.public_id, actor=looking, now=NOW)
    assert standing(campaign) == (Status.PENDING, None)
    act = {"business": business, "public_id": campaign.public_id, "actor": owner_actor, "now": NOW}
    actions.start_contract(**act)
    for _ in range(2):
        with pytest.raises(Clash, match="has not begun"):
            plan(campaign)
        actions.pause_contract(**act)
    assert standing(campaign) == (Status.PAUSED, None)


def test_a_start_by_hand_a_pause_and_a_deletion_leave_nothing_to_begin(
    contract: Made, plan: Plan, business: Business, owner_actor: Actor
) -> None:
    started, paused, deleted = contract(), contract(1), contract(2)
    for one, verb in (
        (started, actions.start_contract),
        (paused, actions.pause_contract),
        (deleted, actions.delete_contract),
    ):
        plan(one)
        verb(business=business, public_id=one.public_id, actor=owner_actor, now=NOW)  # type: ignore[operator]
    assert Campaign.objects.exclude(begins_at=None).count() == 0
    assert actions.begin_planned(now=AT) == 0
    assert (standing(started), standing(paused)) == ((Status.IN_PROGRESS, None), (Status.PENDING, None))
    assert [word for word, _ in audited(paused)] == ["created", "planned", "called_off"]
    assert detail(started, "started")["planned"] == "2026-11-22T23:00:00.000Z"
    assert starts(started) == 1


def test_the_program_was_off_at_that_moment(contract: Made, plan: Plan) -> None:
    campaign = contract()
    plan(campaign)
    assert actions.begin_planned(now=AT + timedelta(hours=1)) == 1
    assert standing(campaign) == (Status.IN_PROGRESS, None)


def test_what_is_an_hour_late_waits_for_a_person(contract: Made, plan: Plan) -> None:
    """A backup that is put back, a machine that was off over a holiday: nothing goes out that nobody expects any more."""
    campaign = contract()
    plan(campaign)
    assert actions.begin_planned(now=AT + timedelta(hours=1) + SECOND) == 0
    assert standing(campaign) == (Status.PENDING, None)
    assert detail(campaign, "not_begun") == {"at": "2026-11-22T23:00:00.000Z", "reason": "begin_too_late"}
    assert "Qafila was not running at that moment" in refusal(campaign)[1]
    assert actions.begin_planned(now=AT + timedelta(hours=2)) == 0


# What a person would be refused, too


def refusal(campaign: Campaign) -> tuple[Alert, str]:
    alert = Alert.objects.get(code=REFUSED)
    assert (alert.subject_kind, alert.subject_id) == ("batch", str(campaign.batch.public_id))
    assert (alert.business_id, alert.level) == (campaign.business_id, Level.CRITICAL)
    return alert, str(says(alert, "en"))


@pytest.mark.parametrize("why", ["account_not_connected", "template_rejected", "possible_duplicate"])
def test_what_may_not_begin_is_told_and_tried_no_more(
    why: str, contract: Made, plan: Plan, phone_linked_sender: Sender, sender: Sender, second: Sender
) -> None:  # fmt: skip
    words = {"name": "eid_offer", "language": "en", "variable": None}
    over = {"sender": sender, "template": words} if why == "template_rejected" else {}
    first = contract() if why == "possible_duplicate" else None
    campaign, good = contract(**over), contract(1, sender=second)
    plan(campaign, confirm=True)
    plan(good)
    if why == "account_not_connected":
        Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.NOT_CONNECTED)
    if why == "template_rejected":
        MessageTemplate.objects.create(
            provider_account=sender.provider_account, name="eid_offer", language="en", status="REJECTED", can_send=False, synced_at=NOW
        )  # fmt: skip
    if first is not None:  # the confirmation is gone
        Campaign.objects.filter(pk=campaign.pk).update(duplicate_confirmed_at=None)
    assert actions.begin_planned(now=AT) == 1, "one that is refused keeps no other back"
    assert standing(campaign) == (Status.PENDING, None)
    assert (audited(campaign)[-1], detail(campaign, "not_begun")["reason"]) == (("not_begun", "system"), why)
    alert = Alert.objects.get(subject_id=str(campaign.batch.public_id))
    assert (alert.code, alert.level, alert.params["reason"]) == (REFUSED, Level.CRITICAL, why)
    said = str(says(alert, "en"))
    assert "Eid 0 did not begin" in said
    assert "set another moment" in said
    assert actions.begin_planned(now=AT + SECOND) == 0
    assert Alert.objects.filter(subject_id=str(campaign.batch.public_id)).get().count == 1


def test_the_alert_says_why_in_words(contract: Made, plan: Plan, phone_linked_sender: Sender) -> None:
    campaign = contract()
    plan(campaign)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.NOT_CONNECTED)
    actions.begin_planned(now=AT)
    assert "The reason: The account is not connected to a provider yet." in refusal(campaign)[1]


@pytest.mark.parametrize("how", ["started", "planned", "deleted"])
def test_the_alert_is_over_when_somebody_saw_to_it(
    how: str, contract: Made, plan: Plan, phone_linked_sender: Sender, business: Business, owner_actor: Actor
) -> None:
    campaign = contract()
    plan(campaign)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.NOT_CONNECTED)
    actions.begin_planned(now=AT)
    assert refusal(campaign)[0].closed_at is None
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state=SenderState.READY)
    act = {"business": business, "public_id": campaign.public_id, "actor": owner_actor, "now": AT}
    if how == "planned":
        plan(campaign, AT + timedelta(hours=1), now=AT)
    else:
        (actions.start_contract if how == "started" else actions.delete_contract)(**act)
    assert refusal(campaign)[0].closed_at == AT


def test_a_possible_duplicate_is_asked_about_when_it_is_planned(contract: Made, plan: Plan) -> None:
    contract()
    again = contract()
    with pytest.raises(Clash) as caught:
        plan(again)
    assert (caught.value.code, standing(again)) == ("possible_duplicate", (Status.PENDING, None))
    plan(again, confirm=True)
    assert actions.begin_planned(now=AT) == 1


# What waits for a number or a package behaves as if a person had started it


def test_a_paused_number_and_a_held_package_keep_it_as_after_a_start_by_hand(
    contract: Made, plan: Plan, pool: Package, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    shared, single = contract(package=pool), contract(1)
    plan(shared)
    plan(single)
    with transaction.atomic():
        package_holds.begin(pool.pk, lost=1, reason="number_blocked", at=AT - timedelta(hours=1))
    pause_sender(sender=phone_linked_sender, by="person", actor=owner_actor, now=NOW)
    assert actions.begin_planned(now=AT) == 2
    assert standing(single) == (Status.IN_PROGRESS, None), "its messages wait for their number"
    assert standing(shared) == (Status.PAUSED, None)
    assert Batch.objects.get(pk=shared.batch_id).hold_code == package_holds.HELD
    assert not Alert.objects.filter(code=REFUSED).exists()


# Files


def test_one_whose_rows_are_still_read_begins_when_they_are(
    uploaded: Made, read_in: Callable[..., Campaign], plan: Plan, business: Business, owner_actor: Actor
) -> None:
    campaign = uploaded("phone;message\n+79991234567;one\n")
    actions.start_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=NOW)
    plan(campaign)
    campaign.refresh_from_db()
    assert not campaign.start_wanted, "the moment stands for the start that was wanted at once"
    assert actions.begin_planned(now=AT) == 1
    campaign.refresh_from_db()
    assert (campaign.start_wanted, campaign.begins_at) == (True, None)
    read_in(campaign)
    assert standing(campaign) == (Status.IN_PROGRESS, None)


def test_a_file_that_is_read_in_time_waits_for_its_moment(
    uploaded: Made, read_in: Callable[..., Campaign], plan: Plan
) -> None:
    campaign = uploaded("phone;message\n+79991234567;one\n")
    plan(campaign)
    read_in(campaign)
    assert standing(campaign) == (Status.PENDING, AT)
    assert actions.begin_planned(now=AT) == 1


def test_a_file_that_cannot_be_read_is_told_before_its_moment(uploaded: Made, plan: Plan) -> None:
    campaign = uploaded("phone;message\n+79991234567;one\n")
    plan(campaign)
    importing.give_up(campaign.pk, code="ragged_row", now=NOW)
    assert standing(campaign) == (Status.FAILED, None)
    assert refusal(campaign)[0].params["reason"] == "ragged_row"
    Campaign.objects.filter(pk=campaign.pk).update(begins_at=AT)  # by a version that did not know
    assert actions.begin_planned(now=AT) == 0
    assert (standing(campaign), refusal(campaign)[0].count) == ((Status.FAILED, None), 2)


# Several workers, and kills


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_begin_each_once(contract: Made, plan: Plan, now: datetime) -> None:
    made = [contract(n, now=now) for n in range(6)]
    for one in made:
        plan(one, now + SECOND, now=now)
    together, begun = threading.Barrier(3), []

    def look() -> None:
        try:
            together.wait(timeout=30)
            begun.append(actions.begin_planned(now=now + SECOND))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    actions.begin_planned(now=now + SECOND)
    assert (len(begun), Campaign.objects.exclude(begins_at=None).count()) == (3, 0)
    assert [starts(one) for one in made] == [1] * 6
    assert {Batch.objects.get(pk=one.batch_id).state for one in made} == {BatchState.FLOWING}


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_is_beginning_is_left_to_it(contract: Made, plan: Plan, now: datetime) -> None:
    campaign, held = contract(now=now), threading.Event()
    plan(campaign, now + SECOND, now=now)
    over = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
                held.set()
                over.wait(timeout=30)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(timeout=30)
    assert actions.begin_planned(now=now + SECOND) == 0
    over.set()
    other.join(timeout=30)
    assert actions.begin_planned(now=now + SECOND) == 1


LOOK = """
import django
django.setup()
from datetime import UTC, datetime, timedelta
from qafila.campaigns.actions import begin_planned
begin_planned(now=datetime.now(UTC) + timedelta(minutes=5))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_beginning_leaves_it_to_the_next_one(
    contract: Made, plan: Plan, dsn: str
) -> None:
    now = datetime.now(UTC)  # the other process looks at its own clock, put forward
    first, second = contract(now=now), contract(1, now=now)
    plan(first, now + SECOND, now=now)
    plan(second, now + 2 * SECOND, now=now)
    environment = {**os.environ, "DATABASE_URL": dsn, "DJANGO_SETTINGS_MODULE": "qafila.project.settings"}
    doomed = subprocess.run(
        [sys.executable, "-c", LOOK], env={**environment, "QAFILA_FAILPOINT": "planned_start:2"}, check=False
    )
    assert doomed.returncode == -signal.SIGKILL
    assert [starts(one) for one in (first, second)] == [1, 0]
    assert standing(second) == (Status.PENDING, now + 2 * SECOND), "neither begun nor forgotten"
    subprocess.run([sys.executable, "-c", LOOK], env=environment, check=True)
    assert [starts(one) for one in (first, second)] == [1, 1]
    assert Batch.objects.filter(state=BatchState.FLOWING).count() == 2
    assert ImportState(second.import_state) is ImportState.NONE
