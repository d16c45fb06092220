"""What tests of webhooks out share: endpoints, and events that happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django
import pytest

django.setup()  # this file is read before pytest-django does it, and names models

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.events.actions import emit
from qafila.events.webhooks.actions import create_endpoint
from qafila.events.webhooks.models import WebhookEndpoint
from qafila.kit.clock import VirtualClock
from tests.events.webhooks.receivers import publish_due


@pytest.fixture
def clock(now: datetime) -> VirtualClock:
    """Stands still at the moment of the fixtures."""
    return VirtualClock(now)


@pytest.fixture
def loopback(settings: Any) -> None:
    """Receivers of tests run on this machine."""
    settings.ENV = settings.ENV.model_copy(update={"outgoing_allowed_networks": ["127.0.0.0/8"]})


@pytest.fixture
def add(
    loopback: None, business: Business, owner_actor: Actor, now: datetime
) -> Callable[..., tuple[WebhookEndpoint, str]]:
    """Adds an endpoint: row and secret."""

    def make(url: str = "http://127.0.0.1:8099/hook", **given: Any) -> tuple[WebhookEndpoint, str]:
        return create_endpoint(business=business, url=url, actor=owner_actor, now=now, **given)

    return make


@pytest.fixture
def happen(business: Business, now: datetime) -> Callable[..., int]:
    """Something happens to a person, and the handlers hear of it."""

    def emit_now(count: int = 1, *, subject: str = "s-1", at: datetime | None = None, **data: Any) -> int:
        with transaction.atomic():
            for _ in range(count):
                last = emit(
                    "contact.opted_in",
                    business_id=business.pk,
                    subject=("contact", subject),
                    data={"source": "person", **data},
                    now=at or now,
                )
        publish_due(at or now)
        return last

    return emit_now
