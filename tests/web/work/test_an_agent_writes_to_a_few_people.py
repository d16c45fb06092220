"""Whoever may answer people but not start a contract writes to fifty at most over a package; the page says so and keeps what
was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from qafila.campaigns.actions.open_messages import MOST_WITHOUT_CONTRACTS
from qafila.campaigns.models import Campaign, Kind
from tests.web.world import World

pytestmark = pytest.mark.django_db


def _asked(world: World, browser: Callable[..., Client], role: str, people: int) -> Any:
    given = "\n".join(f"+2010000{n:05d}" for n in range(people))
    path = f"/packages/{world.here.more['package'].public_id}/message"
    return browser(world.here.people[role]).post(path, {"recipients": given, "text": "We are open again."})


def test_an_agent_is_told_how_many(world: World, browser: Callable[..., Client]) -> None:
    before = Campaign.objects.filter(kind=Kind.OPEN).count()
    refused = _asked(world, browser, "agent", MOST_WITHOUT_CONTRACTS + 1)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "at most 50 people" in page
    assert "+201000000050" in page
    for role, people in (("agent", MOST_WITHOUT_CONTRACTS), ("owner", MOST_WITHOUT_CONTRACTS + 1)):
        asked = _asked(world, browser, role, people)
        assert asked.status_code == 200
        assert f"Send it to {people} people" in " ".join(asked.content.decode().split())
    assert Campaign.objects.filter(kind=Kind.OPEN).count() == before
