"""A template carries each text on one line; who writes several lines hears of it before anything is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.campaigns.actions import create_contract
from qafila.campaigns.models import Campaign
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

TEXTS = ["one line", "two\nlines", "a\ttab", "wide      gap", "four    spaces stay"]
TEMPLATE = {"name": "t", "language": "en", "variable": None}


def _contract(
    business: Business, sender: Sender, actor: Actor, now: datetime, *, template: Any, params: bool = False
) -> Campaign:
    rows = [
        {"phoneNumber": f"7999123{4000 + n}", **({"params": [text]} if params else {"message": text})}
        for n, text in enumerate(TEXTS)
    ]
    made = create_contract(
        business=business, sender=sender, name="x", recipients=rows, template=template, actor=actor, now=now
    )
    return made.campaign


@pytest.mark.parametrize("params", [False, True])
def test_texts_of_a_template_are_counted_and_named(
    business: Business, phone_linked_sender: Sender, owner_actor: Actor, now: datetime, params: bool
) -> None:
    campaign = _contract(business, phone_linked_sender, owner_actor, now, template=TEMPLATE, params=params)
    (warning,) = campaign.warnings
    assert (warning["code"], warning["count"]) == ("line_breaks_flattened", 3)
    assert warning["rows"] == [[2], [3], [4]]
    campaign.refresh_from_db()
    assert campaign.warnings == [warning]


def test_free_text_keeps_its_lines_and_nobody_is_warned(
    business: Business, phone_linked_sender: Sender, owner_actor: Actor, now: datetime
) -> None:
    assert _contract(business, phone_linked_sender, owner_actor, now, template=None).warnings == []
