"""Pages say it when the end of a pause leads back to a rest, and when a number begins slowly; they offer "resume" only where it
would bring somebody back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db


def test_a_resumed_number_that_still_rests_is_not_called_back_at_work(
    owner: Client, phone_linked_sender: Sender
) -> None:
    from qafila.senders.actions import rest_sender

    sender, now = phone_linked_sender, datetime.now(UTC)
    place = f"/senders/{sender.public_id}"
    rest_sender(sender_id=sender.pk, until=now + timedelta(hours=4), reason="cloud_api.131048", now=now)
    owner.post(f"{place}/pause")
    told = owner.post(f"{place}/resume", follow=True).content.decode()
    assert "rests and comes back by itself" in told
    assert "is back at work" not in told
    sender.refresh_from_db()
    assert sender.state == "resting"
    assert "is back at work" in owner.post(f"{place}/resume", follow=True).content.decode()


def test_what_is_switched_off_is_not_offered_to_be_resumed(
    owner: Client, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.senders import actions
    from qafila.senders.actions import packages
    from qafila.web.pages.dashboard.figures import strip

    now, sender = datetime.now(UTC), phone_linked_sender
    first, second = (
        packages.create_package(business=business, name=name, actor=owner_actor, now=now)
        for name in ("First", "Second")
    )
    for package in (first, second):
        packages.add_member(package=package, sender=sender, actor=owner_actor, now=now)

    def offered() -> list[bool]:
        pages = [owner.get(f"/packages/{one.public_id}") for one in (first, second)]
        return [bool(page.context["may_resume"]) for page in pages]

    packages.pause_all(package=first, reason="", actor=owner_actor, now=now)
    assert offered() == [True, False]
    actions.change_number(sender=sender, is_active=False, actor=owner_actor, now=now)
    assert offered() == [False, False]
    actions.resume_sender(sender=sender, actor=owner_actor, now=now)
    actions.pause_all(business=business, reason="", actor=owner_actor, now=now)
    assert strip(business.pk).paused == 1
    actions.change_number(sender=sender, is_active=False, actor=owner_actor, now=now)
    assert strip(business.pk).paused == 0


def _resumed(owner: Client, place: str) -> str:
    return owner.post(f"{place}/resume", follow=True).content.decode()


@pytest.mark.parametrize(("score", "kind", "slowly"), [(100, "none", False), (30, "failing", True)])
def test_a_number_is_said_to_begin_slowly_where_it_does(
    owner: Client, phone_linked_sender: Sender, score: int, kind: str, slowly: bool
) -> None:
    from qafila.events.jobs import run_due
    from qafila.senders.models import Score

    sender, now = phone_linked_sender, datetime.now(UTC)
    place = f"/senders/{sender.public_id}"
    Score.objects.create(sender=sender, score=score, kind=kind, at=now)
    owner.post(f"{place}/pause")
    told = _resumed(owner, place)
    assert "is back at work." in told
    assert ("begins slowly" in told) is slowly
    run_due(limit=100, now=datetime.now(UTC))
    assert bool(Score.objects.get(sender=sender).pace) is slowly


def test_a_package_says_how_many_of_its_numbers_begin_slowly(
    owner: Client, business: Business, phone_linked_sender: Sender, owner_actor: Actor
) -> None:
    from qafila.events.jobs import run_due
    from qafila.senders.actions import create_sender, packages
    from qafila.senders.models import Score

    now = datetime.now(UTC)
    assert phone_linked_sender.provider_account is not None
    second = create_sender(
        business=business,
        name="Second",
        phone="+201000000003",
        provider_account=phone_linked_sender.provider_account,
        ref="phone-3",
        actor=owner_actor,
        now=now,
    )
    pool = packages.create_package(business=business, name="Pool", actor=owner_actor, now=now)
    for one in (phone_linked_sender, second):
        packages.add_member(package=pool, sender=one, actor=owner_actor, now=now)
    place = f"/packages/{pool.public_id}"
    owner.post(f"{place}/pause")
    told = _resumed(owner, place)
    assert "2 numbers send again." in told
    assert "slowly" not in told
    Score.objects.create(sender=second, score=20, kind="black_hole", at=now)
    owner.post(f"{place}/pause")
    assert "2 numbers send again. 1 of them begins slowly." in _resumed(owner, place)
    run_due(limit=100, now=datetime.now(UTC))
    assert Score.objects.get().pace
    owner.post(f"/senders/{phone_linked_sender.public_id}/pause")
    Score.objects.filter(sender=second).update(score=20, kind="black_hole", pace={})
    owner.post(f"{place}/pause")
    assert "1 number sends again, slowly at first." in _resumed(owner, place)
