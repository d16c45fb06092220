"""Pages say it when the end of a pause leads back to a rest, and offer "resume" only where it would bring somebody back."""

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
