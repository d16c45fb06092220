"""A budget of statements for every page in the URL map, in a business that has many of everything."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qafila.alerts.actions import raise_alert
from qafila.alerts.models import Level
from qafila.businesses.actions import add_member, create_api_key, invite
from qafila.campaigns.actions.creating import create_contract
from qafila.events.webhooks.actions import create_endpoint
from qafila.senders.actions import add_number, create_direction, create_sender, packages
from tests.web.pages import pages, rows
from tests.web.world import Place, World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]

PAGES = pages()
ROWS = rows()
NAMES = sorted(name for name in PAGES.keys() & ROWS.keys() if not ROWS[name].never_ends)
MORE = 12
"""Of each thing: a page that asks anew for each of them is over its budget."""


@pytest.fixture(scope="module")
def crowded(built: World, django_db_blocker: Any) -> World:
    """The world with many more things in the person's business."""
    with django_db_blocker.unblock():
        _crowd(built.here, built)
    return built


def _crowd(place: Place, world: World) -> None:
    ours: dict[str, Any] = {"business": place.business, "actor": place.actor, "now": world.now}
    for n in range(MORE):
        sender = create_sender(
            name=f"Number {n}",
            phone=f"+20100000{3000 + n}",
            provider_account=place.account,
            ref=f"30000000000{n:04}",
            **ours,
        )
        create_direction(name=f"Line {n}", sender=sender, **ours)
        package = packages.create_package(name=f"Pool {n}", **ours)
        packages.add_member(package=package, sender=sender, actor=place.actor, now=world.now)
        packages.add_member(package=place.more["package"], sender=sender, actor=place.actor, now=world.now)
        add_number(phone=f"+20100000{4000 + n}", label=f"Spare {n}", **ours)
        create_contract(
            sender=sender,
            name=f"Contract {n}",
            recipients=[{"phoneNumber": f"+20100000{5000 + n}", "message": "Hello"}],
            **ours,
        )
        create_api_key(name=f"Key {n}", **ours)
        invite(email=f"guest{n}@caravan.example", role="agent", invited_by=place.people["owner"], **ours)
        add_member(email=f"member{n}@caravan.example", role="agent", name=f"Member {n}", **ours)
        create_endpoint(url=f"https://shop{n}.example.com/hooks", **ours)
        raise_alert(
            "sender_stopped",
            business_id=place.business.pk,
            level=Level.CRITICAL,
            params={"sender": sender.name, "reason": "cloud_api.190"},
            subject=("sender", str(sender.public_id)),
            now=world.now,
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_stays_within_its_budget(name: str, crowded: World, browser: Browser) -> None:
    world, row = copy.deepcopy(crowded), ROWS[name]
    client = browser(world.here.people["owner"])
    if row.before:
        row.before(world)
    where = PAGES[name].address(row.path(world.here))
    client.get(where)  # what is made once: the session's new id, the page's first time
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(where)
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answer.status_code in (*row.answers, 404, 405), answer.status_code
    statements = [
        each["sql"] for each in asked.captured_queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) <= row.budget, "\n".join(each[:160] for each in statements)


def test_the_budget_is_for_a_crowd(crowded: World, browser: Browser) -> None:
    """It would mean little in an empty house."""
    client = browser(crowded.here.people["owner"])
    for path, what in (("/senders/", "Number 11"), ("/keys/", "Key 11"), ("/team/", "Member 11")):
        assert what in client.get(path).content.decode(), path
