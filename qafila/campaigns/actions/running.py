"""Starting, pausing and deleting a contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.campaigns.actions import plans
from qafila.campaigns.actions.directed import look_again
from qafila.campaigns.actions.opening import SUBJECTS, audit
from qafila.campaigns.carrying import check_able, numbers_of
from qafila.campaigns.models import Campaign, Kind
from qafila.campaigns.rules.statuses import IMPORTING, Status, status_of
from qafila.dispatch import actions as dispatch
from qafila.dispatch import losses
from qafila.dispatch.queries import closed_windows
from qafila.kit.ids import is_public_id
from qafila.kit.stamps import stamp
from qafila.ledger.states import BatchState
from qafila.senders.template_queries import template_refusal


class Hold(NamedTuple):
    """Why a contract is held: a wording code, and what its sentence names."""

    code: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Started:
    """What a start did.

    :ivar closed_windows: queued recipients that cannot get free text now: they will be skipped.
    :ivar changed: False when it ran already, or is over.
    :ivar held: the engine holds it (its texts were refused one after the other, its package lost numbers): nothing of it goes
        out before it is resumed (:func:`resume_contract`). :attr:`hold` says why.
    """

    campaign: Campaign
    status: Status
    closed_windows: int
    changed: bool
    held: bool = False

    @property
    def hold(self) -> Hold | None:
        """Why it is held; None: it is not."""
        if not self.held:
            return None
        code, package = self.campaign.batch.hold_code, self.campaign.package
        if code in ("", losses.HELD):  # "": just now, with its package
            return Hold("package_on_hold", {"package": package.name if package else ""})
        return Hold(dispatch.HELD_CONTENT, {"reason": code})


def start_contract(
    *, business: Business, public_id: str, confirm: bool = False, actor: Actor, now: datetime
) -> Started:
    """Starts or resumes. Again: no effect. While its file is still being read, the start takes effect at the end. One that
    was made for a direction and never began goes out over the number that serves it now. Over a package that is held after
    losses it is held. What is held, for that or for its texts, stays so however often it is started: programs repeat a call
    whose answer was lost.

    :param confirm: it is meant, although the same contract was posted within 24 hours before.
    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Clash: ``possible_duplicate``, ``account_not_connected``, ``no_active_profiles``, ``template_not_approved``, ``template_rejected``,
        ``template_disabled``.
    """
    return _start(business, public_id, confirm=confirm, although_held=False, actor=actor, now=now)


def resume_contract(
    *, business: Business, public_id: str, confirm: bool = False, actor: Actor, now: datetime
) -> Started:
    """As :func:`start_contract`, by somebody who knows why it is held, for its texts or because its package lost numbers: it
    goes on, and the package too. Again: no effect.
    """
    return _start(business, public_id, confirm=confirm, although_held=True, actor=actor, now=now)


def _start(
    business: Business, public_id: str, *, confirm: bool, although_held: bool, actor: Actor, now: datetime
) -> Started:
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        batch = campaign.batch
        status = status_of(BatchState(batch.state), campaign.import_state)
        if status not in (Status.PENDING, Status.PAUSED):
            return Started(campaign, status, 0, False)
        if batch.hold_code and not although_held:
            return Started(campaign, status, 0, False, held=True)
        held = False
        left = look_again(campaign, now=now)
        check_able(campaign.target)
        refuse_template(campaign)
        refuse_duplicate(campaign, confirm=confirm, now=now)
        if campaign.import_state in IMPORTING:
            changed = not campaign.start_wanted
            Campaign.objects.filter(pk=campaign.pk).update(start_wanted=True)
            campaign.start_wanted = True
            closed = 0
        else:
            closed = closed_windows(batch.pk, now=now)
            batch.state = dispatch.start_batch(batch_id=batch.pk, business_id=business.pk, now=now)
            status = status_of(BatchState(batch.state), campaign.import_state)
            changed = True
            held = batch.state == BatchState.PAUSED
            if campaign.package is not None and not held:
                losses.resumed(campaign.package, now=now)
        if changed:
            detail: dict[str, object] = {"closed_windows": closed, **({"held": True} if held else {})}
            detail |= _begins_now(campaign, now=now)
            if left is not None:
                both = (("from", left), ("to", campaign.target))
                detail |= {side: {"account": str(one.public_id)} for side, one in both}
            audit(campaign, "started", actor=actor, now=now, detail=detail)
    return Started(campaign, status, closed, changed, held)


def _begins_now(campaign: Campaign, *, now: datetime) -> dict[str, object]:
    """The moment that was set for it is no more, however it came to begin; what the audit log says of it."""
    if campaign.batch.started_at is None:
        plans.close_refusal(campaign, now=now)
    if campaign.begins_at is None:
        return {}
    planned = campaign.begins_at
    plans.keep(campaign, None)
    return {"planned": stamp(planned)}


def pause_contract(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Status:
    """Pauses a running contract, takes a wanted start back, or the moment at which one was to begin by itself. Again: no
    effect. Returns the status afterwards.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        batch = campaign.batch
        before = batch.state
        plans.forget(campaign, actor=actor, now=now)
        changed = campaign.start_wanted
        if changed:
            Campaign.objects.filter(pk=campaign.pk).update(start_wanted=False)
        held = batch.hold_code
        after = dispatch.pause_batch(batch_id=batch.pk, business_id=business.pk, now=now)
        batch.refresh_from_db(fields=["hold_code"])
        if changed or after != before or batch.hold_code != held:
            audit(campaign, "paused", actor=actor, now=now)
    return status_of(after, campaign.import_state)


def delete_contract(*, business: Business, public_id: str, actor: Actor, now: datetime) -> Status:
    """Takes a contract away for good. A running one stops first; what was sent stays in the books. Returns the status in
    which it was left: PAUSED for one that had begun, PENDING for one that had not.

    :raises NotFound: no such contract here (any more). :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        status = status_of(BatchState(campaign.batch.state), campaign.import_state)
        was_held = campaign.batch.hold_code == losses.HELD
        dispatch.cancel_batch(batch_id=campaign.batch_id, business_id=business.pk, now=now)
        Campaign.objects.filter(pk=campaign.pk).update(deleted_at=now, start_wanted=False, begins_at=None)
        plans.close_refusal(campaign, now=now)
        if campaign.package is not None:
            losses.end_hold(campaign.package, was_held=was_held, now=now)
        audit(campaign, "deleted", actor=actor, now=now, detail={"status": str(status)})
    return Status.PAUSED if status is Status.IN_PROGRESS else status


def confirm_duplicate(*, business: Business, public_id: str, actor: Actor, now: datetime) -> bool:
    """A person says that a contract which looks like an earlier one is meant. False when nothing was to be confirmed.

    :raises NotFound: no such contract here. :raises NotAllowed: ``contracts:write`` is missing.
    """
    actor.must("contracts:write", business_id=business.pk)
    with transaction.atomic():
        campaign = locked(business, public_id)
        changed = (
            Campaign.objects.filter(pk=campaign.pk, duplicate_confirmed_at=None)
            .exclude(possible_duplicate_of=None)
            .update(duplicate_confirmed_at=now)
        )
        if changed:
            audit(campaign, "duplicate_confirmed", actor=actor, now=now)
    return changed == 1


def locked(business: Business, public_id: str, kind: Kind = Kind.CONTRACT) -> Campaign:
    """The contract (or the campaign of another kind), locked until the transaction ends.

    :raises NotFound: no such one in this business, or deleted.
    """
    if not is_public_id(public_id, kind.value):
        raise NotFound(SUBJECTS[kind])
    campaign = (
        Campaign.objects.select_for_update(of=("self",), no_key=True)
        .select_related("batch", "sender__provider_account", "package", "business", "direction")
        .filter(business=business, public_id=public_id, kind=kind, deleted_at=None)
        .first()
    )
    if campaign is None:
        raise NotFound(SUBJECTS[kind])
    return campaign


def refuse_template(campaign: Campaign) -> None:
    """A template that the provider is known not to let through; one that it pauses goes on by itself later.

    :raises Clash: ``template_…``.
    """
    content = campaign.batch.content
    found = {one.provider_account_id for one in numbers_of(campaign.target)}
    accounts = sorted(account for account in found if account is not None)
    if content.get("kind") != "template" or not accounts:
        return
    name, language = content["name"], content["language"]
    refusals = [template_refusal(account_id=account, name=name, language=language) for account in accounts]
    # Of a package those numbers take it whose account lets it through.
    if any(one is None or one.code == "template_paused" for one in refusals):
        return
    code, why = next(one for one in refusals if one is not None)
    raise Clash(
        code,
        "The provider does not let this template through now.",
        template=f"{name} ({language})",
        **({"why": why} if why else {}),
    )


def refuse_duplicate(campaign: Campaign, *, confirm: bool, now: datetime) -> None:
    """In the caller's transaction, which holds the row: remembers a confirmation. Raises :class:`Clash`."""
    if campaign.possible_duplicate_of_id is None or campaign.duplicate_confirmed_at is not None:
        return
    other = Campaign.objects.select_related("batch").get(pk=campaign.possible_duplicate_of_id)
    if other.deleted_at is not None and other.batch.started_at is None:
        return
    if not confirm:
        raise Clash(
            "possible_duplicate",
            "The same contract was posted within the last 24 hours. Confirm the start, or delete it.",
            other=other.public_id,
        )
    Campaign.objects.filter(pk=campaign.pk).update(duplicate_confirmed_at=now)
