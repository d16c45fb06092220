"""What every new contract needs, wherever its rows come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns.carrying import Over, carrier_of, check_here, columns_of, target_of
from qafila.campaigns.models import Campaign, ImportState, Kind
from qafila.campaigns.rules.components import fault_of
from qafila.campaigns.rules.content import content_for
from qafila.campaigns.rules.recipients import LONGEST_NAME, text_fault
from qafila.campaigns.rules.statuses import DUPLICATE_WITHIN
from qafila.events import live
from qafila.kit.ids import new_public_id
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.senders.rules.default_template import read as read_template

SUBJECTS: Mapping[str, str] = {Kind.CONTRACT: "contract", Kind.OPEN: "open_message"}
"""What the audit log calls a campaign of each kind."""


def check_opening(*, business: Business, over: Over, name: str, actor: Actor) -> str:
    """Whether this actor may open a contract of this name here; the name as it is kept.

    :param over: the number or the package that it goes out over.
    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_long`` or a text fault of the name.
    """
    actor.must("contracts:write", business_id=business.pk)
    check_here(business, over)
    kept = name.strip()
    if not kept:
        raise Refused("empty", "The name is empty. Write one.", field="name")
    if len(kept) > LONGEST_NAME:
        raise Refused("too_long", "The name is too long.", field="name", limit=LONGEST_NAME)
    if fault := text_fault(kept):
        raise Refused(fault, "The name has characters that cannot be kept.", field="name")
    return kept


def content_of(over: Over, template: Mapping[str, Any] | None) -> dict[str, Any]:
    """What carries the messages of a contract over this number or package (:func:`rules.content.content_for`).

    :param template: ``{"name", "language", "variable", "components"?}``.
    :raises Refused: ``default_template_invalid``, ``template_components_bad``; ``invalid_value`` for a template on a number
        that knows none.
    """
    given = dict(template) if template is not None else None
    components = given.pop("components", None) if given is not None else None
    chosen = read_template(given)
    if chosen is not None and components is not None:
        if why := fault_of(components):
            raise Refused(
                "template_components_bad",
                f"The template's components cannot be used: {why}",
                why=why,
                field="template",
            )
        chosen["components"] = components
    carrier = carrier_of(over)
    if chosen is not None and carrier.templates is False:
        raise Refused(
            "invalid_value", "Only an official number sends templates. Leave it out.", field="template"
        )
    return content_for(chosen=chosen, default=carrier.default_template, official=carrier.official)


def open_campaign(
    *,
    business: Business,
    over: Over,
    name: str,
    content: dict[str, Any],
    total: int,
    content_hash: bytes | None,
    sealed: bool,
    actor: Actor,
    now: datetime,
    import_state: str = ImportState.NONE,
    import_file: str = "",
    import_options: Mapping[str, Any] | None = None,
    public_id: str | None = None,
    kind: Kind = Kind.CONTRACT,
) -> tuple[Campaign, Batch]:
    """The campaign and its empty batch, in the caller's transaction; says whether it looks like an earlier one. Pages with
    lists of campaigns look again when it commits.

    :param content_hash: None: nothing looks like it.
    """
    batch = ledger.create_batch(
        business_id=business.pk,
        target=target_of(over),
        content=content,
        sealed=sealed,
        now=now,
    )
    campaign = Campaign.objects.create(
        public_id=public_id or new_public_id(kind.value),
        business=business,
        kind=kind,
        name=name,
        **columns_of(over),
        batch=batch,
        total_count=total,
        content_hash=content_hash,
        possible_duplicate_of=_earlier(business.pk, content_hash, now) if content_hash else None,
        created_by=f"{actor.kind}:{actor.id}"[:80],
        created_at=now,
        import_state=import_state,
        import_file=import_file,
        import_options=dict(import_options or {}),
    )
    live.notify_now(business.pk, "dashboard")
    return campaign, batch


def audit(
    campaign: Campaign, what: str, *, actor: Actor, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """A line in the audit log."""
    record_audit(
        actor=actor,
        action=f"{SUBJECTS[campaign.kind]}.{what}",
        subject_kind=SUBJECTS[campaign.kind],
        subject_id=campaign.public_id,
        detail=detail,
        now=now,
    )


def _earlier(business_id: int, content_hash: bytes, now: datetime) -> Campaign | None:
    """The latest contract of the last 24 hours with the same content that was, or may still be, sent."""
    with connection.cursor() as cursor:
        # Two that are posted at the same moment must see each other: the second waits for the first.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"campaigns.content:{business_id}:{content_hash.hex()}"],
        )
    return (
        Campaign.objects.filter(
            business_id=business_id, content_hash=content_hash, created_at__gt=now - DUPLICATE_WITHIN
        )
        .exclude(deleted_at__isnull=False, batch__started_at=None)
        .order_by("-created_at", "-pk")
        .first()
    )
