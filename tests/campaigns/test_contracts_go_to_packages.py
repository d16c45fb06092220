"""Contracts over a package: written, read from a file, copied, given away and back; each person from the number they know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qafila.alerts.models import Alert
from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotAllowed, NotFound
from qafila.campaigns import actions, incoming
from qafila.campaigns.copying import rows_of
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.statuses import Status
from qafila.dispatch import losses
from qafila.dispatch.rules import shares
from qafila.events.jobs import run_due
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State, Target
from qafila.senders.models import Package, Sender

pytestmark = pytest.mark.django_db
ROWS = [{"phoneNumber": f"7999123450{n}", "message": f"Hello {n}"} for n in range(4)]


@pytest.fixture
def post(business: Business, owner_actor: Actor) -> Callable[..., Campaign]:
    def make(**over: Any) -> Campaign:
        created = actions.create_contract(
            business=business, name="March", recipients=ROWS, actor=owner_actor, now=datetime.now(UTC), **over
        )
        return created.campaign

    return make


def addressed(campaign: Campaign) -> list[tuple[int, int]]:
    rows = Message.objects.filter(batch_id=campaign.batch_id).order_by("id")
    return list(rows.values_list("sender_id", "pinned_to"))


def know(campaign: Campaign, row: int, sender: Sender) -> None:
    """As if a row had gone out over that number."""
    rows = Message.objects.filter(batch_id=campaign.batch_id, row_number=row)
    rows.update(state=State.SENT, due_at=None, sender_id=sender.pk)


def test_rows_are_addressed_to_the_number_that_each_person_knows(
    pool: Package, post: Callable[..., Campaign], phone_linked_sender: Sender, second: Sender
) -> None:
    before = post(sender=phone_linked_sender)
    know(before, 1, phone_linked_sender)
    know(before, 2, second)
    campaign = post(package=pool)
    mine, theirs = phone_linked_sender.pk, second.pk
    assert addressed(campaign) == [(mine, mine), (theirs, theirs), (0, 0), (0, 0)]
    assert (campaign.sender, campaign.package, campaign.target) == (None, pool, pool)
    batch = Batch.objects.get(pk=campaign.batch_id)
    assert (batch.target_kind, batch.target_id) == (Target.PACKAGE, pool.pk)


def test_a_file_and_a_copy_are_addressed_too(
    business: Business, pool: Package, post: Callable[..., Campaign], read_in: Callable[..., Campaign], second: Sender,
    owner_actor: Actor,
) -> None:  # fmt: skip
    know(post(sender=second), 1, second)
    csv = b"phone,message\n79991234500,hello\n79991234501,hello\n"
    campaign = read_in(
        actions.create_contract_from_file(
            business=business, package=pool, name="File", file=incoming.store(iter([csv])), actor=owner_actor,
            now=datetime.now(UTC),
        )
    )  # fmt: skip
    assert addressed(campaign) == [(second.pk, second.pk), (0, 0)]
    copy = actions.copy_contract(
        business=business, public_id=campaign.public_id, name="Copy", actor=owner_actor, now=datetime.now(UTC)
    )
    with rows_of(copy.pk) as run:
        assert run.begin(now=datetime.now(UTC))
        while run.step(now=datetime.now(UTC)):
            pass
    copy.refresh_from_db()
    assert copy.package == pool
    assert addressed(copy) == [(second.pk, second.pk), (0, 0)]


def test_giving_a_contract_away_and_back_frees_what_waits_and_leaves_the_rest(
    business: Business, pool: Package, post: Callable[..., Campaign], phone_linked_sender: Sender, second: Sender,
    owner_actor: Actor,
) -> None:  # fmt: skip
    know(post(sender=second), 1, second)
    campaign = post(package=pool)
    rows = Message.objects.filter(batch_id=campaign.batch_id)
    rows.filter(row_number=2).update(
        state=State.UNCERTAIN, due_at=None, sender_id=second.pk, pinned_to=second.pk
    )
    given = {"business": business, "public_id": campaign.public_id, "now": datetime.now(UTC)}
    moved, shut = actions.move_contract(over=phone_linked_sender, actor=owner_actor, **given)
    assert (moved.sender, moved.package, shut) == (phone_linked_sender, None, 0)
    assert addressed(moved) == [(0, 0), (second.pk, 0), (0, 0), (0, 0)]  # the uncertain one stays put
    batch = Batch.objects.get(pk=campaign.batch_id)
    assert (batch.target_kind, batch.target_id) == (Target.SENDER, phone_linked_sender.pk)
    again, _ = actions.move_contract(over=phone_linked_sender, actor=owner_actor, **given)
    assert again.sender == phone_linked_sender
    assert AuditEntry.objects.filter(action="contract.moved").count() == 1


@pytest.mark.parametrize("how", ["deleted", "given away"])
def test_when_nothing_is_held_any_more_the_hold_and_its_alert_are_over(
    business: Business, pool: Package, post: Callable[..., Campaign], phone_linked_sender: Sender, owner_actor: Actor,
    how: str,
) -> None:  # fmt: skip
    """As the alert says: resume what is held, or cancel it. An owner may also give it to others."""
    campaign, idle = post(package=pool), post(package=pool)
    given = {"business": business, "actor": owner_actor, "now": datetime.now(UTC)}
    started = actions.start_contract(public_id=campaign.public_id, confirm=True, **given)
    assert (started.status, started.held) == (Status.IN_PROGRESS, False)
    assert losses.hold(pool, lost=2, reason="banned", at=datetime.now(UTC)) == 1
    open_ones = Alert.objects.filter(code=losses.HELD, closed_at=None)
    assert open_ones.count() == 1
    actions.delete_contract(public_id=idle.public_id, **given)
    assert open_ones.count() == 1  # that one was not held
    if how == "deleted":
        actions.delete_contract(public_id=campaign.public_id, **given)
    else:
        actions.move_contract(public_id=campaign.public_id, over=phone_linked_sender, **given)
    assert not open_ones.exists()
    fresh = post(package=pool)
    assert not actions.start_contract(public_id=fresh.public_id, confirm=True, **given).held


def test_a_contract_over_a_held_package_goes_out_only_when_somebody_resumes_it(
    business: Business, pool: Package, post: Callable[..., Campaign], owner_actor: Actor
) -> None:
    given = {"business": business, "actor": owner_actor, "confirm": True}
    now = datetime.now(UTC)
    losses.hold(pool, lost=2, reason="banned", at=now)
    campaign, other = post(package=pool), post(package=pool)
    first = actions.start_contract(public_id=campaign.public_id, now=now, **given)
    assert (first.status, first.held, first.changed) == (Status.PAUSED, True, True)
    assert AuditEntry.objects.latest("pk").detail["held"] is True
    for _ in range(2):  # a program repeats a start whose answer was lost: that is nobody's decision
        again = actions.start_contract(public_id=campaign.public_id, now=datetime.now(UTC), **given)
        assert (again.status, again.held, again.changed) == (Status.PAUSED, True, False)
    assert actions.start_contract(public_id=other.public_id, now=datetime.now(UTC), **given).held
    let_go = actions.resume_contract(public_id=campaign.public_id, now=datetime.now(UTC), **given)
    assert (let_go.status, let_go.held, let_go.changed) == (Status.IN_PROGRESS, False, True)
    run_due(now=datetime.now(UTC))
    assert Batch.objects.get(pk=other.batch_id).state == BatchState.FLOWING
    assert not actions.resume_contract(public_id=campaign.public_id, now=datetime.now(UTC), **given).changed


@pytest.mark.parametrize("when", ["flowed before", "held at its start"])
def test_pausing_and_starting_lets_nothing_go_on_that_is_held_for_losses(
    business: Business, pool: Package, post: Callable[..., Campaign], owner_actor: Actor, when: str
) -> None:
    campaign = post(package=pool)
    given = {"business": business, "actor": owner_actor, "public_id": campaign.public_id}
    if when == "flowed before":
        actions.start_contract(confirm=True, now=datetime.now(UTC), **given)
    losses.hold(pool, lost=2, reason="banned", at=datetime.now(UTC))
    actions.start_contract(confirm=True, now=datetime.now(UTC), **given)
    actions.pause_contract(now=datetime.now(UTC), **given)
    started = actions.start_contract(now=datetime.now(UTC), **given)
    assert (started.status, started.held) == (Status.PAUSED, True)
    assert actions.resume_contract(now=datetime.now(UTC), **given).status is Status.IN_PROGRESS


def test_a_file_that_is_read_after_the_losses_does_not_start_by_itself(
    business: Business, pool: Package, read_in: Callable[..., Campaign], owner_actor: Actor
) -> None:
    csv = b"phone,message\n79991234500,hello\n"
    given = {"business": business, "actor": owner_actor}
    campaign = actions.create_contract_from_file(
        package=pool, name="File", file=incoming.store(iter([csv])), now=datetime.now(UTC), **given
    )
    actions.start_contract(public_id=campaign.public_id, now=datetime.now(UTC), **given)
    losses.hold(pool, lost=2, reason="banned", at=datetime.now(UTC))
    batch = Batch.objects.get(pk=read_in(campaign).batch_id)
    assert (batch.state, batch.hold_code) == (BatchState.PAUSED, losses.HELD)


def test_only_an_owner_or_admin_gives_a_contract_away(
    business: Business, other_business: Business, pool: Package, post: Callable[..., Campaign],
    phone_linked_sender: Sender, owner_actor: Actor, now: datetime,
) -> None:  # fmt: skip
    campaign = post(sender=phone_linked_sender)
    writer = Actor("api_key", "", business, frozenset({"contracts:write"}), "en")
    given = {"business": business, "public_id": campaign.public_id, "now": now}
    with pytest.raises(NotAllowed):
        actions.move_contract(over=pool, actor=writer, **given)
    with pytest.raises(NotFound):
        actions.move_contract(over=Package(business=other_business, name="x"), actor=owner_actor, **given)


def test_a_template_does_not_move_to_numbers_without_templates(
    business: Business, pool: Package, sender: Sender, owner_actor: Actor, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import dataclasses

    from qafila.providers.memory import MemoryProvider

    created = actions.create_contract(
        business=business, sender=sender, name="x", recipients=ROWS, template={"name": "t", "language": "en"},
        actor=owner_actor, now=now,
    )  # fmt: skip
    without = dataclasses.replace(MemoryProvider.capabilities, templates=False)
    monkeypatch.setattr(MemoryProvider, "capabilities", without)
    with pytest.raises(Clash) as refused:
        actions.move_contract(
            business=business, public_id=created.campaign.public_id, over=pool, actor=owner_actor, now=now
        )
    assert refused.value.code == "carrier_differs"


def test_a_contract_names_exactly_one_of_the_two(
    post: Callable[..., Campaign], pool: Package, phone_linked_sender: Sender
) -> None:
    for both in ({}, {"sender": phone_linked_sender, "package": pool}):
        with pytest.raises(ValueError, match="one number, or one package"):
            post(**both)


def test_strangers_are_spread_by_weight_and_each_keeps_their_number() -> None:
    weights = [(1, 1.0), (2, 3.0)]
    found = [shares.chosen(person, weights) for person in range(4000)]
    assert 0.7 < found.count(2) / 4000 < 0.8
    assert found == [shares.chosen(person, weights) for person in range(4000)]
    without = [shares.chosen(person, [(1, 1.0), (2, 3.0), (3, 1.0)]) for person in range(4000)]
    assert all(after in (before, 3) for before, after in zip(found, without, strict=True))


def test_health_counts_in_quarters_and_weights_in_gaps() -> None:
    assert [shares.effective_weight(4, score) for score in (None, 100, 90, 60, 10, 0)] == [4, 4, 4, 2, 1, 1]
    assert shares.gap_seconds(1.0, 5.0) == 0.0
    assert shares.gap_seconds(0.25, 5.0) == 15.0
    assert shares.gap_seconds(0.01, 60.0) == shares.LONGEST_GAP_SECONDS
