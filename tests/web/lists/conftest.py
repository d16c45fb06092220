"""A list of alerts and the people who look at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.alerts.models import Alert
    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business, User

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _gallery(settings: object) -> Iterator[None]:
    """The addresses of ``gallery.py`` beside the real ones, and its templates."""
    from django.urls import clear_url_caches

    settings.ROOT_URLCONF = "gallery"  # type: ignore[attr-defined]
    clear_url_caches()
    settings.TEMPLATES = [  # type: ignore[attr-defined]
        {**settings.TEMPLATES[0], "DIRS": [Path(__file__).parent.parent / "templates"]}  # type: ignore[attr-defined]
    ]
    yield
    clear_url_caches()


@pytest.fixture
def owner(owner_actor: Actor, business: Business) -> Client:
    """The owner's browser."""
    from qafila.businesses.models import User

    del owner_actor
    return _browser(User.objects.get(email="owner@example.com"))


@pytest.fixture
def reader(business: Business, now: datetime) -> Client:
    """The browser of somebody who may only look."""
    from qafila.businesses.models import Membership, User

    person = User.objects.create_user("reader@example.com")
    Membership.objects.create(business=business, user=person, role="read_only", created_at=now)
    return _browser(person)


@pytest.fixture
def stranger(stranger_actor: Actor) -> Client:
    """The browser of another business's owner."""
    from qafila.businesses.models import User

    del stranger_actor
    return _browser(User.objects.get(email="stranger@example.com"))


@pytest.fixture
def storms(business: Business, now: datetime) -> Callable[..., list[Alert]]:
    """Makes so many alerts: codes ``storm_000`` …, every third a warning."""

    from qafila.alerts.models import Alert

    def make(count: int, *, of: Business | None = None, prefix: str = "storm") -> list[Alert]:
        return Alert.objects.bulk_create(
            Alert(
                business=of or business,
                level="warning" if number % 3 == 0 else "info",
                code=f"{prefix}_{number:03d}",
                subject_kind="batch" if number % 2 else "sender",
                subject_id=f"{prefix}{number}",
                opened_at=now - timedelta(days=number),
                last_at=now - timedelta(minutes=number),
                count=number + 1,
            )
            for number in range(count)
        )

    return make


def _browser(person: User) -> Client:
    from django.test import Client

    browser = Client()
    browser.force_login(person)
    return browser
