"""A budget of statements for each page: it does not grow with what the page shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from qafila.campaigns.models import Campaign
from qafila.ledger.models import Message
from qafila.ledger.states import State

pytestmark = pytest.mark.django_db

FRAME = 8
"""Session, person, membership, businesses, alerts, views: what every page asks."""


@pytest.mark.parametrize(
    ("address", "budget"),
    [
        ("/", 20),
        ("/dashboard/part", 20),
        ("/dashboard/pace.json", 1),
        ("/campaigns/", 18),  # one for whether anything is planned
        ("/campaigns/?status=in_progress", 18),
        ("/campaigns/calendar", 3),
        ("/messages/", 18),
        ("/messages/?state=failed", 18),
        ("/messages/?reached=out&at_from=2020-01-01", 18),
        ("CONTRACT", 18),
        ("CONTRACT/part", 16),
        ("CONTRACT/course.json", 12),
        ("CONTRACT/waiting", 14),
        ("MESSAGE", 16),
        ("/senders/", 16),
        ("SENDER", 20),
        ("SENDER/part", 16),
        ("SENDER/pace.json", 6),
        ("/alerts/", 12),
        ("/alerts/?state=all", 12),
        ("/audit/", 8),
        ("/team/", 10),
        ("/keys/", 8),
        ("/search?q=more", 8),
    ],
)
def test_a_budget_for_each_page(
    day: list[Campaign],
    contract: Callable[..., Campaign],
    owner: Client,
    django_assert_max_num_queries: Callable[..., object],
    address: str,
    budget: int,
) -> None:
    for n in range(5):
        contract(f"More {n}", 20)
    message = Message.objects.filter(batch_id=day[2].batch_id, state=State.QUEUED).first()
    assert message is not None
    where = address.replace("CONTRACT", f"/campaigns/{day[2].public_id}").replace(
        "MESSAGE", f"/messages/{message.pk}"
    )
    where = where.replace("SENDER", f"/senders/{day[2].sender.public_id}")
    owner.get(where)
    with django_assert_max_num_queries(budget + FRAME):
        assert owner.get(where).status_code == 200
