"""Browsers of people in their roles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business


@pytest.fixture
def browser_of(business: Business, owner_actor: Actor, now: datetime) -> Callable[..., Client]:
    """Signs somebody with that role in: ``browser_of("admin")``."""
    from django.test import Client

    from qafila.businesses.models import Membership, User

    del owner_actor

    def sign_in(role: str, language: str = "en") -> Client:
        if role == "owner":
            person = User.objects.get(email="owner@example.com")
        else:
            person = User.objects.create_user(f"{role}@example.com")
            Membership.objects.create(business=business, user=person, role=role, created_at=now)
        client = Client(headers={"accept-language": language})
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def owner(browser_of: Callable[..., Client]) -> Client:
    """The owner's browser."""
    return browser_of("owner")


@pytest.fixture
def stranger(stranger_actor: Actor) -> Client:
    """The browser of another business's owner."""
    from django.test import Client

    from qafila.businesses.models import User

    del stranger_actor
    client = Client()
    client.force_login(User.objects.get(email="stranger@example.com"))
    return client
