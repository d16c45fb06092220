"""A business in the middle of its day, and people of each role at its pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

django.setup()  # this file is read before pytest-django does it, and names models

from bench.seeding import fill
from qafila.businesses.actions import create_owner
from qafila.businesses.models import Business, Membership, Role, User
from qafila.campaigns.models import Campaign
from qafila.kit.ids import new_public_id
from qafila.ledger.finding import OUTGOING
from qafila.ledger.states import BatchState, State
from qafila.senders.models import Sender

HOSTILE = "<script>alert(1)</script> \u202eمرحبا & 'x' \"y\""


@pytest.fixture
def at() -> datetime:
    """Now: pages show what is of today."""
    return timezone.now()


@pytest.fixture
def person(business: Business, browser: Callable[..., Client]) -> Callable[[str], Client]:
    """Somebody of a role, signed in."""

    def sign_in(role: str = "owner") -> Client:
        email = f"{role}@example.com"
        if role == "owner":
            user = User.objects.filter(email=email).first() or create_owner(
                business=business,
                email=email,
                password="a long pass phrase 7",
                name="Amira",
                now=timezone.now(),
            )
        else:
            user = User.objects.create(email=email, name=role)
            Membership.objects.create(
                business=business, user=user, role=Role(role), created_at=timezone.now()
            )
        return browser(user)

    return sign_in


@pytest.fixture
def owner(person: Callable[[str], Client]) -> Client:
    return person("owner")


@pytest.fixture(autouse=True)
def same_draw(db: None) -> None:
    """The states of messages are drawn by the database; the same in every run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.125)")


@pytest.fixture
def contract(business: Business, sender: Sender) -> Callable[..., Campaign]:
    """Makes a contract with messages in drawn states: ``contract("Name", 100, state=BatchState.PAUSED)``."""

    def make(
        name: str = "Eid offers", count: int = 120, *, of: Sender | None = None, **given: Any
    ) -> Campaign:
        now = timezone.now()
        which = of or sender
        values: dict[str, Any] = {
            "shares": dict.fromkeys(OUTGOING, 1.0),
            "begin": now - timedelta(minutes=30),
            "end": now - timedelta(minutes=1),
            "state": BatchState.FLOWING,
            "people": 60,
        } | given
        batch = fill(business_id=which.business_id, sender_id=which.pk, count=count, **values)
        return Campaign.objects.create(
            public_id=new_public_id("contract"),
            business_id=which.business_id,
            kind="contract",
            name=name,
            sender=which,
            batch=batch,
            total_count=batch.total,
            created_at=batch.created_at,
        )

    return make


@pytest.fixture
def day(contract: Callable[..., Campaign], at: datetime) -> list[Campaign]:
    """Contracts of today, over midnight, of last week, paused, not started, cancelled; some with a hostile name."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    ended = {State.READ: 3.0, State.DELIVERED: 1.0, State.FAILED: 1.0, State.SKIPPED: 1.0}
    return [
        contract(
            "Last week", 90, shares=ended, begin=at - 8 * day, end=at - 7 * day, state=BatchState.FINISHED
        ),
        contract("Over midnight", 160, begin=at - day, end=at - 0.01 * hour),
        contract(HOSTILE, 120),
        contract("Paused", 50, state=BatchState.PAUSED),
        contract("Held", 30, state=BatchState.PAUSED, hold_code="cloud_api.132001"),
        contract("Not started", 40, shares={State.QUEUED: 1.0}, state=BatchState.DRAFT),
        contract("Finished", 60, shares=ended, state=BatchState.FINISHED),
    ]
