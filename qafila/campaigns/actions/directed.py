"""What is made for a direction goes out over the number that serves it when it starts; direction and reasons are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db import transaction

from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.campaigns.carrying import carrier_of, lacks_number
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.content import is_template
from qafila.dispatch.addressing import free
from qafila.ledger import actions as ledger
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import resolve
from qafila.senders.models import Sender
from qafila.senders.template_queries import template_named


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
    """Makes a campaign with the number that serves a direction now. Until it starts, :func:`look_again` may give it another
    one; from then on it stays with its number whatever happens.

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


def look_again(campaign: Campaign, *, now: datetime) -> Sender | None:
    """Finds the number of its direction again for a contract that never began, so that one made in the evening does not wait
    in the morning for a number that was lost overnight. In the caller's transaction, which holds the contract's row.

    It stays where it is when nothing serves the direction now (it waits for its number then), when an owner gave it to
    others since, and when the number that serves could not send what was written as it is (:func:`_carries`).

    :param campaign: with its ``batch``; both say afterwards what is so.
    :returns: the number that it left; None: it kept its number.
    """
    direction, before, batch = campaign.direction, campaign.sender, campaign.batch
    if direction is None or before is None or batch.started_at is not None:
        return None
    if not campaign.routing or campaign.routing[-1] != ["route_used", {"number": before.phone}]:
        return None
    found = resolve(direction, campaign.business, now=now)
    if found.sender is None:
        return None
    moves = found.sender.pk != before.pk
    if moves and not _carries(found.sender, batch.content, before):
        return None
    if moves and not ledger.readdress_unbegun(batch_id=batch.pk, sender_id=found.sender.pk):
        return None
    if moves:
        free(batch.pk)  # a person may have put some of them first, with the number that they leave
    campaign.sender, campaign.routing = found.sender, found.routing
    campaign.save(update_fields=["sender", "routing"])
    batch.refresh_from_db(fields=["target_id"])
    return before if moves else None


def _carries(sender: Sender, content: Mapping[str, Any], before: Sender) -> bool:
    """Whether a number sends what was written for another one, word for word: the template is one of its account, and free
    text does not come under the rule of open windows."""
    if is_template(content):
        if sender.provider_account_id == before.provider_account_id:
            return True
        row = template_named(
            account_id=sender.provider_account_id or 0, name=content["name"], language=content["language"]
        )
        return row is not None and row.can_send
    return carrier_of(before).official or not carrier_of(sender).official
