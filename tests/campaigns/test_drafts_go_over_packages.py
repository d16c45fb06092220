"""A draft goes out over a package, or over the number that serves a direction when it starts: what is in the way, when it would
be done, whom it reaches, and what the contract keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound
from qafila.campaigns import incoming
from qafila.campaigns.actions import draft_start, drafts
from qafila.campaigns.importing import Import
from qafila.campaigns.models import Campaign, Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.queries.choices import direction_choices, forecast_over, package_choices
from qafila.campaigns.ways import Way, way_of
from qafila.contacts.actions import ensure_phones
from qafila.dispatch.forecast import forecast_batch
from qafila.ledger.models import Window
from qafila.ledger.states import Target
from qafila.senders.actions import create_direction, create_provider_account, create_sender, packages
from qafila.senders.direction_models import Direction
from qafila.senders.models import MessageTemplate, Package, PackageMember, Sender
from qafila.senders.package_queries import PackageState

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
FIRST, SECOND = "79991234567", "79991234568"
TWO_PEOPLE = f"phone;message\n+{FIRST};x\n+{SECOND};x\n"
Make = Callable[..., Draft]
Pool = Callable[..., Package]


@pytest.fixture
def draft(business: Business, owner_actor: Actor) -> Make:
    """A checked draft: ``draft(rows, package=…)``."""

    def make(rows: str, **over: Any) -> Draft:
        raw = rows.encode()
        made = drafts.create_draft(
            business=business,
            file=incoming.store(iter([raw])),
            file_name="people.csv",
            file_size=len(raw),
            actor=owner_actor,
            now=NOW,
        )
        changed = drafts.configure_draft(
            business=business, public_id=made.public_id, actor=owner_actor, now=NOW, **over
        )
        drafts.begin_check(changed, now=NOW)
        return changed

    return make


@pytest.fixture
def pool(business: Business, owner_actor: Actor) -> Pool:
    """A package of these numbers."""

    def make(*numbers: Sender) -> Package:
        made = packages.create_package(business=business, name="Pool", actor=owner_actor, now=NOW)
        for one in numbers:
            packages.add_member(package=made, sender=one, actor=owner_actor, now=NOW)
        return made

    return make


@pytest.fixture
def beside(owner_actor: Actor) -> Callable[[Sender], Sender]:
    """Another number of the same provider account."""

    def make(one: Sender) -> Sender:
        return create_sender(
            business=owner_actor.business,
            name="Second",
            phone="+201000000003",
            provider_account=one.provider_account,
            ref="second-3",
            actor=owner_actor,
            now=NOW,
        )

    return make


def way(one: Draft) -> Way:
    fresh = reads.draft(one.business_id, one.public_id)
    assert fresh is not None
    return way_of(fresh, now=NOW)


def codes(one: Draft) -> list[str]:
    return [blocker.code for blocker in reads.blockers(one, way(one))]


def start(one: Draft, actor: Actor) -> Campaign:
    """Started, begun, and all rows in the books."""
    made = draft_start.start_draft(
        business=one.business, public_id=one.public_id, name="Spring", actor=actor, now=NOW
    )
    draft_start.begin_due(now=NOW + timedelta(seconds=6))
    with Import(made.pk) as reading:
        assert reading.begin(now=NOW)
        while reading.step(now=NOW):
            pass
    made.refresh_from_db()
    return made


def write_in(business: Business, sender: Sender, digits: str) -> None:
    """That person wrote to this number just now."""
    contact = ensure_phones(business_id=business.pk, numbers=[digits], names={}, now=NOW)[digits]
    Window.objects.create(
        sender_id=sender.pk, contact_id=contact, business_id=business.pk, last_inbound_at=NOW
    )


def test_the_forecast_is_the_one_that_the_books_give_afterwards(
    draft: Make,
    pool: Pool,
    beside: Callable[[Sender], Sender],
    phone_linked_sender: Sender,
    owner_actor: Actor,
) -> None:
    second = beside(phone_linked_sender)
    # The first is used for a year and may send more a day than this new one, so it takes the larger part.
    assert second.in_use_since == NOW
    rows = "".join(f"+7999{n:07d};Hello\n" for n in range(1_000_000, 1_000_300))
    one = draft("phone;message\n" + rows, package=pool(phone_linked_sender, second))
    assert codes(one) == []
    count = reads.will_be_sent(one, way(one))
    found = forecast_over(way(one).numbers, count=count, lengths=one.check_result["lengths"], now=NOW)
    campaign = start(one, owner_actor)
    books = forecast_batch(campaign.batch_id, now=NOW)
    assert found is not None
    assert count == 300
    assert (found.finish_at, found.seconds) == (books.finish_at, books.seconds)
    assert list(found.per_sender) == list(books.per_sender)
    assert found.per_sender[0][1] > found.per_sender[1][1] > 0
    assert sum(waiting for _, waiting in found.waits) == sum(waiting for _, waiting in books.waits)
    assert (campaign.package, campaign.sender, campaign.batch.target_kind) == (
        one.package,
        None,
        Target.PACKAGE,
    )


def test_what_holds_a_package_is_in_the_way(
    draft: Make,
    pool: Pool,
    beside: Callable[[Sender], Sender],
    phone_linked_sender: Sender,
    business: Business,
) -> None:
    second = beside(phone_linked_sender)
    one = draft(TWO_PEOPLE, package=pool(phone_linked_sender, second))

    def choice() -> tuple[PackageState, int, int, str]:
        (found,) = package_choices(business.pk)
        return found.state, found.able, found.numbers, found.reason

    assert (codes(one), choice()) == ([], (PackageState.ACTIVE, 2, 2, ""))
    Sender.objects.filter(pk=second.pk).update(state="paused")
    assert (codes(one), choice()) == ([], (PackageState.ACTIVE, 1, 2, ""))
    back = NOW + timedelta(hours=2)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state="resting", rest_until=back)
    assert (codes(one), choice()) == ([], (PackageState.RESTING, 0, 2, "package_resting"))
    rested = forecast_over(way(one).numbers, count=2, lengths=[1], now=NOW)
    assert rested is not None
    assert rested.finish_at is not None
    assert rested.finish_at > back
    Sender.objects.filter(pk=phone_linked_sender.pk).update(state="paused")
    assert codes(one) == ["no_active_profiles"]
    assert choice() == (PackageState.NOTHING_ACTIVE, 0, 2, "no_active_profiles")
    assert forecast_over(way(one).numbers, count=2, lengths=[1], now=NOW) is None
    Package.objects.update(deleted_at=NOW)
    assert codes(one) == ["draft_no_sender"]


def test_an_open_window_with_one_of_the_numbers_is_enough_and_the_check_follows_the_numbers(
    draft: Make, pool: Pool, beside: Callable[[Sender], Sender], sender: Sender, business: Business
) -> None:
    second = beside(sender)
    write_in(business, second, FIRST)
    one = draft(TWO_PEOPLE, package=pool(sender, second))
    assert (codes(one), reads.will_be_sent(one, way(one))) == ([], 1)
    PackageMember.objects.filter(sender=second).delete()
    assert codes(one) == ["draft_not_checked"]
    drafts.begin_check(one, now=NOW)
    assert codes(one) == ["audience_out_of_reach"]


def test_a_direction_finds_its_number_when_the_contract_starts(
    draft: Make,
    beside: Callable[[Sender], Sender],
    phone_linked_sender: Sender,
    business: Business,
    owner_actor: Actor,
) -> None:
    second = beside(phone_linked_sender)
    line = create_direction(business=business, name="Implants", sender=second, actor=owner_actor, now=NOW)
    one = draft(TWO_PEOPLE, direction=line)
    assert (one.sender, one.package, one.direction) == (None, None, line)
    assert (codes(one), way(one).over) == ([], second)
    Sender.objects.filter(pk=second.pk).update(state="stopped", state_reason="sender_banned")
    assert (codes(one), way(one).over) == ([], phone_linked_sender)
    (choice,) = direction_choices(business, now=NOW)
    assert choice.resolution.fell_back
    campaign = start(one, owner_actor)
    assert (campaign.sender, campaign.direction) == (phone_linked_sender, line)
    reasons = [code for code, _ in campaign.routing]
    assert (reasons[0], reasons[-1]) == ("route_own", "route_used")


def test_a_direction_without_a_number_says_why(
    draft: Make, phone_linked_sender: Sender, business: Business, owner_actor: Actor
) -> None:
    line = create_direction(business=business, name="Implants", actor=owner_actor, now=NOW)
    one = draft(TWO_PEOPLE, direction=line)
    Sender.objects.update(state="paused")
    (blocker,) = reads.blockers(one, way(one))
    assert (blocker.code, blocker.params["direction"]) == ("direction_has_no_number", "Implants")
    assert blocker.params["reason"] == "route_paused"
    Direction.objects.all().delete()
    assert codes(one) == ["draft_no_sender"]


def template_of(account: Any, *, can_send: bool = True) -> MessageTemplate:
    return MessageTemplate.objects.create(
        provider_account=account,
        name="order_ready",
        language="en",
        status="APPROVED" if can_send else "PAUSED",
        can_send=can_send,
        components=[{"type": "BODY", "text": "Hello."}],
    )


def test_a_template_goes_over_a_package_when_every_account_has_it(
    draft: Make, pool: Pool, sender: Sender, owner_actor: Actor
) -> None:
    other = create_provider_account(
        business=owner_actor.business,
        kind="cloud_api",
        name="Other",
        base_url="http://127.0.0.1:9/v23.0",
        ref="900000000000009",
        token="EAAG-other-token",
        app_secret="other-app-secret",
        verify_token="other-verify-token",
        allow_private_network=True,
        actor=owner_actor,
        now=NOW,
    )
    second = create_sender(
        business=owner_actor.business,
        name="Second",
        phone="+201000000003",
        provider_account=other,
        ref="200000000000009",
        actor=owner_actor,
        now=NOW,
    )
    Sender.objects.update(state="ready")
    mine = template_of(sender.provider_account, can_send=False)
    one = draft(
        TWO_PEOPLE,
        package=pool(sender, second),
        content={"kind": "template", "template": str(mine.public_id), "values": {}},
    )
    assert reads.templates(way(one)) == []
    assert codes(one) == ["template_missing"]
    theirs = template_of(other)
    assert reads.templates(way(one)) == [theirs]
    assert codes(one) == []  # the account that may send it sends it
    campaign = start(one, owner_actor)
    assert (campaign.batch.content["name"], campaign.package) == ("order_ready", one.package)


def test_a_test_goes_over_the_package_too(
    draft: Make, pool: Pool, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    one = draft(TWO_PEOPLE, package=pool(phone_linked_sender))
    given: dict[str, Any] = {"business": one.business, "actor": owner_actor, "now": NOW}
    draft_start.save_test_number(phone="+79160000000", name="Me", **given)
    shown = one.check_result["anybody"][0]
    sent = draft_start.test_send(public_id=one.public_id, recipient=shown, numbers=["+79160000000"], **given)
    assert sent.package == one.package


def test_one_of_the_three_at_most_and_none_of_another_business(
    draft: Make, pool: Pool, phone_linked_sender: Sender, other_business: Business, stranger_actor: Actor
) -> None:
    one = draft(TWO_PEOPLE, package=pool(phone_linked_sender))
    assert one.sender is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Draft.objects.filter(pk=one.pk).update(sender=phone_linked_sender)
    there: dict[str, Any] = {"business": other_business, "actor": stranger_actor, "now": NOW}
    foreign: list[dict[str, Any]] = [
        {"package": packages.create_package(name="Theirs", **there)},
        {"direction": create_direction(name="Theirs", **there)},
    ]
    for over in foreign:
        with pytest.raises(NotFound):
            draft(TWO_PEOPLE, **over)
