"""What tests of the inbox share: a business with directions and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import django
import pytest

django.setup()  # this file is read before pytest-django does it, and names models

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.senders.actions import create_sender
from qafila.senders.actions.directions import create_direction
from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from tests.inbox.material import Inbox

Line = tuple[Direction, Sender]


@pytest.fixture
def inbox(business: Business, now: datetime) -> Inbox:
    """The inbox of :func:`business`."""
    return Inbox(business, now)


@pytest.fixture
def line(business: Business, owner_actor: Actor, now: datetime) -> Callable[[str], Line]:
    """Makes a direction with a number of its own."""
    made: list[Sender] = []

    def make(name: str) -> Line:
        phone = f"+20100000{1000 + len(made)}"
        sender = create_sender(
            business=business, name=f"{name} number", phone=phone, actor=owner_actor, now=now
        )
        made.append(sender)
        direction = create_direction(business=business, name=name, sender=sender, actor=owner_actor, now=now)
        return direction, sender

    return make


@pytest.fixture
def implants(line: Callable[[str], Line]) -> Line:
    """A direction with its number."""
    return line("Implants")


@pytest.fixture
def braces(line: Callable[[str], Line]) -> Line:
    """Another one."""
    return line("Braces")
