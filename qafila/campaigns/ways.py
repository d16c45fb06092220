"""The way that a draft would go out now: over its number, over its package, or over the number that serves its direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from qafila.campaigns.carrying import Carrier, Over, carrier_of_numbers, numbers_of
from qafila.campaigns.models import Campaign, Draft
from qafila.campaigns.rules.content import is_template
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution, resolve
from qafila.senders.models import Sender


@dataclass(frozen=True, slots=True)
class Way:
    """What carries a draft's messages; read once for a page or an action.

    :ivar over: None where nothing is chosen, what was chosen is gone, or no number serves the direction now.
    :ivar numbers: those that share the work, with their provider accounts and portfolios.
    :ivar direction: the business line that chooses the number, and :ivar resolution: how it came to it.
    """

    over: Over | None
    numbers: Sequence[Sender]
    carrier: Carrier
    direction: Direction | None = None
    resolution: Resolution | None = None

    @property
    def accounts(self) -> frozenset[int]:
        """Row ids of the provider accounts of its numbers."""
        found = {one.provider_account_id for one in self.numbers}
        return frozenset(account for account in found if account is not None)


def way_of(draft: Draft, *, now: datetime) -> Way:
    """The way of a draft.

    :param draft: with ``sender__provider_account__portfolio``, ``package``, ``direction`` and ``business``.
    """
    if draft.adds_to is not None:
        return _way_into(draft.adds_to)
    if draft.direction is not None:
        return way_for(draft.direction, now=now)
    if draft.package is not None:
        return way_over(draft.package if draft.package.deleted_at is None else None)
    return way_over(draft.sender)


def _way_into(campaign: Campaign) -> Way:
    """The way of a contract that stands already: what carries its messages was settled when it was made."""
    way, content = way_over(campaign.target), campaign.batch.content
    template = content if is_template(content) else None
    return replace(way, carrier=replace(way.carrier, default_template=template, templates_differ=False))


def way_over(over: Over | None) -> Way:
    """The way over one number, over a package, or over nothing."""
    numbers = numbers_of(over) if over is not None else ()
    return Way(over, numbers, carrier_of_numbers(numbers))


def way_for(direction: Direction, *, now: datetime) -> Way:
    """The way over the number that serves a direction now."""
    found = resolve(direction, direction.business, now=now)
    numbers = [found.sender] if found.sender is not None else []
    return Way(found.sender, numbers, carrier_of_numbers(numbers), direction, found)
