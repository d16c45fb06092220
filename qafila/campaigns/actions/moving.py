"""A contract is given to others: from its one number to a package, or back. Its owner says so; nobody else does."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import locked
from qafila.campaigns.carrying import Over, carrier_of, check_here, columns_of, target_of, word_of
from qafila.campaigns.models import Campaign
from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.dispatch import losses, packages
from qafila.dispatch.queries import closed_windows
from qafila.senders.models import Package

RIGHT = "admin"
"""An owner or an admin: a contract never leaves its number unless they allow it."""


def check_move(*, campaign: Campaign, over: Over, actor: Actor) -> None:
    """Whether a contract may be given to these; raises as :func:`move_contract`, which asks once more."""
    actor.must(RIGHT, business_id=campaign.business_id)
    check_here(campaign.business, over)
    if campaign.target == over:
        return
    if campaign.import_state in IMPORTING:
        raise Clash("not_complete", "Its rows are not all in the books. Wait until its file is read.")
    carrier = carrier_of(over)
    if carrier.templates is None:
        raise Clash("account_not_connected", "It is not connected to a provider yet.")
    if is_template(campaign.batch.content) and not carrier.templates:
        raise Clash(
            "carrier_differs", "A template carries this contract, which only official numbers can send."
        )


def move_contract(
    *, business: Business, public_id: str, over: Over, actor: Actor, now: datetime
) -> tuple[Campaign, int]:
    """Lets another number, or the numbers of a package, take what of a contract still waits. What is being sent lands, what
    is uncertain stays put, what was sent stays in the books. It keeps its state: a paused one stays paused; a running one that
    comes to a package which is held after losses is held with it. Again: no effect.

    :returns: the contract, and how many of its queued recipients cannot get free text over the new ones now.
    :raises NotFound: no such contract here, or no such number or package. :raises NotAllowed: ``admin`` is missing.
    :raises Clash: ``not_complete``: its rows are not all read; ``account_not_connected``; ``carrier_differs``: a template on
        phone-linked numbers, which know none.
    """
    actor.must(RIGHT, business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        check_move(campaign=campaign, over=over, actor=actor)
        if campaign.target == over:
            return campaign, 0
        before = campaign.target
        was_held = campaign.batch.hold_code == losses.HELD
        columns = columns_of(over)
        Campaign.objects.filter(pk=campaign.pk).update(**columns)
        campaign.sender, campaign.package = columns["sender"], columns["package"]  # type: ignore[assignment]
        packages.give_batch_to(
            batch_id=campaign.batch_id, business_id=business.pk, target=target_of(over), now=now
        )
        if isinstance(before, Package):
            losses.end_hold(before, was_held=was_held, now=now)
        shut = closed_windows(campaign.batch_id, now=now)
        detail = {
            "from": {word_of(before): str(before.public_id)},
            "to": {word_of(over): str(over.public_id)},
        }
        audit(campaign, "moved", actor=actor, now=now, detail=detail)
    return campaign, shut
