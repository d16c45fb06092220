"""What is made for a direction goes out over the number that serves it at that moment; direction and reasons are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from django.db import transaction

from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.campaigns.carrying import lacks_number
from qafila.campaigns.models import Campaign
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import resolve
from qafila.senders.models import Sender


class Made(Protocol):
    """What an action that makes a campaign answers."""

    @property
    def campaign(self) -> Campaign:
        """The new one."""
        ...


M = TypeVar("M", bound=Made)


def for_direction(
    *, business: Business, direction: Direction, make: Callable[[Sender], M], now: datetime
) -> M:
    """Makes a campaign with the number that serves a direction now. It stays with that number whatever happens later.

    :param make: creates it for a number, e.g. a call of ``create_contract``; its own refusals come through.
    :raises NotFound: another business. :raises Clash: ``direction_has_no_number``.
    """
    if direction.business_id != business.pk:
        raise NotFound("direction")
    found = resolve(direction, business, now=now)
    if found.sender is None:
        raise Clash(
            "direction_has_no_number",
            f"No number can send for the direction {direction.name} now. Connect one, or resume one that is paused.",
            **{**lacks_number(direction, found), "field": "directionId"},
        )
    with transaction.atomic():
        made = make(found.sender)
        campaign = made.campaign
        campaign.direction, campaign.routing = direction, found.routing
        campaign.save(update_fields=["direction", "routing"])
    return made
