"""Signed-in browsers in a world of two businesses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from datetime import datetime

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business, User
    from tests.web.world import World


@pytest.fixture(autouse=True)
def nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of a page ever calls Meta: its address is a name that nobody has."""
    from qafila.web.pages.first_run import connecting

    monkeypatch.setattr(connecting, "GRAPH", "https://nobody.invalid/v23.0")


@pytest.fixture
def world(db: None) -> World:
    """See :mod:`tests.web.world`."""
    from tests.web.world import build  # models can be imported only now

    return build()


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Both businesses, made once for all tests of a file: each runs in a savepoint of its own above them."""
    from django.db import transaction

    from tests.web.world import build

    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        made = build()
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def browser() -> Callable[..., Client]:
    """``browser(user)``: signed in as that person, who has just confirmed that it is them; ``confirmed=False``: not."""

    def make(user: User, *, confirmed: bool = True, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf, raise_request_exception=True)
        client.force_login(user)
        session = client.session
        session["account_authentication_methods"] = [
            {"method": "password", "at": time.time(), "reauthenticated": confirmed}
        ]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        return client

    return make


@pytest.fixture
def browser_of(business: Business, owner_actor: Actor, now: datetime) -> Callable[..., Client]:
    """Signs somebody with that role in: ``browser_of("admin")``."""
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
    from qafila.businesses.models import User

    del stranger_actor
    client = Client()
    client.force_login(User.objects.get(email="stranger@example.com"))
    return client
