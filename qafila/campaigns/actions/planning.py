"""A contract that begins by itself at a moment that a person set; and the beginning, by whichever worker looks first."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from qafila.businesses.actor import Actor, system_actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, Refused
from qafila.campaigns.actions import plans
from qafila.campaigns.actions.drafts import KEPT_FOR, locked_draft
from qafila.campaigns.actions.opening import audit
from qafila.campaigns.actions.running import Started, locked, refuse_duplicate, start_contract
from qafila.campaigns.models import Campaign, Draft, Kind
from qafila.campaigns.rules.beginning import checked, is_too_late
from qafila.campaigns.rules.statuses import Status, status_of
from qafila.kit.failpoints import failpoint
from qafila.kit.stamps import stamp
from qafila.ledger.states import BatchState

log = logging.getLogger(__name__)

_TOO_LATE = "begin_too_late"
"""Wording code for a moment that was over for long when somebody looked (:func:`is_too_late`)."""
_NOT_READ = "file_unreadable"
"""Wording code for a contract whose file could not be read, where nothing says it more exactly."""


def plan_contract(
    *,
    business: Business,
    public_id: str,
    at: datetime,
    confirm: bool = False,
    actor: Actor,
    now: datetime,
) -> Started:
    """Sets the moment at which a contract that has not begun begins by itself, instead of another moment or of a start that
    waits for its rows. The same moment again: no effect.

    :param confirm: it is meant, although the same contract was posted within 24 hours before.
    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``begin_in_past``, ``begin_too_far``.
    :raises Clash: ``contract_has_begun``, ``possible_duplicate``.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        status = status_of(BatchState(campaign.batch.state), campaign.import_state)
        if status is not Status.PENDING:
            raise Clash(
                "contract_has_begun",
                "Only a contract that has not begun can be given a moment. This one has begun, or cannot begin.",
            )
        checked(at, now=now)
        changed = campaign.begins_at != at
        if changed:
            refuse_duplicate(campaign, confirm=confirm, now=now)
            set_plan(campaign, at, actor=actor, now=now)
    return Started(campaign, status, 0, changed)


def set_plan(campaign: Campaign, at: datetime, *, actor: Actor, now: datetime) -> None:
    """Writes a moment down, in the transaction of whoever holds the contract's row and has looked whether it may begin then."""
    plans.keep(campaign, at)
    if campaign.start_wanted:
        Campaign.objects.filter(pk=campaign.pk).update(start_wanted=False)
        campaign.start_wanted = False
    plans.close_refusal(campaign, now=now)
    audit(campaign, "planned", actor=actor, now=now, detail={"at": stamp(at)})


def call_off(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Started:
    """Takes the moment back: a person starts the contract then. Again, or of one that runs: no effect.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        changed = plans.forget(campaign, actor=actor, now=now)
        status = status_of(BatchState(campaign.batch.state), campaign.import_state)
    return Started(campaign, status, 0, changed)


def plan_draft(
    *, business: Business, public_id: str, at: datetime | None, actor: Actor, now: datetime
) -> Draft:
    """Keeps with a draft when its contract is to begin; None: as soon as it is started. Its check stays as it is.

    :raises NotFound: no such draft here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``begin_in_past``, ``begin_too_far``.
    """
    with transaction.atomic():
        draft = locked_draft(business, public_id, actor)
        draft.begins_at = None if at is None else checked(at, now=now)
        draft.updated_at, draft.expires_at = now, now + KEPT_FOR
        draft.save(update_fields=["begins_at", "updated_at", "expires_at"])
    return draft


def begin_planned(*, now: datetime) -> int:
    """Begins each contract whose moment has come, as a person would who starts it. Returns how many did.

    The moment goes in the transaction of the beginning, and the row is locked first: each begins once, however many workers
    look and whenever one of them dies. What a person would be refused is refused here, and raises an alert instead, and
    so does what nobody could begin within an hour.
    """
    due = Campaign.objects.filter(begins_at__lte=now).order_by("begins_at", "pk")
    begun = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            campaign = (
                Campaign.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
                .select_related("batch", "business")
                .filter(pk=pk, begins_at__lte=now, kind=Kind.CONTRACT, deleted_at=None)
                .first()
            )
            if campaign is not None:
                begun += _begin(campaign, now)
                failpoint("planned_start")
    return begun


def _begin(campaign: Campaign, now: datetime) -> bool:
    actor = system_actor(campaign.business)
    code, params = _NOT_READ, {}
    if campaign.begins_at is not None and is_too_late(campaign.begins_at, now=now):
        log.warning(
            "a planned contract is held: its moment is long over", extra={"contract": campaign.public_id}
        )
        plans.refused(campaign, _TOO_LATE, actor=actor, now=now)
        return False
    try:
        started = start_contract(
            business=campaign.business, public_id=campaign.public_id, actor=actor, now=now
        )
    except Refused as refusal:
        code, params = refusal.code, refusal.params
    else:
        if started.changed:
            return True
        if started.hold is not None:
            code, params = started.hold.code, started.hold.params
        elif campaign.import_reason:
            code = campaign.import_reason
    log.warning("a planned contract did not begin", extra={"contract": campaign.public_id, "code": code})
    plans.refused(campaign, code, params, actor=actor, now=now)
    return False
