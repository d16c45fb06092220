"""What every new contract needs, wherever its rows come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound, Refused
from qafila.campaigns.models import Campaign, ImportState, Kind
from qafila.campaigns.rules.content import content_for
from qafila.campaigns.rules.recipients import LONGEST_NAME, text_fault
from qafila.campaigns.rules.statuses import DUPLICATE_WITHIN
from qafila.kit.ids import new_public_id
from qafila.ledger import actions as ledger
from qafila.ledger.models import Batch
from qafila.ledger.states import Target
from qafila.providers import registry
from qafila.senders.models import Sender
from qafila.senders.rules.default_template import read as read_template


def check_opening(*, business: Business, sender: Sender, name: str, actor: Actor) -> str:
    """Whether this actor may open a contract of this name here; the name as it is kept.

    :raises NotFound: another business. :raises NotAllowed: ``contracts:write`` is missing.
    :raises Refused: ``empty``, ``too_long`` or a text fault of the name.
    """
    actor.must("contracts:write", business_id=business.pk)
    if sender.business_id != business.pk:
        raise NotFound("account")
    kept = name.strip()
    if not kept:
        raise Refused("empty", "The name is empty. Write one.", field="name")
    if len(kept) > LONGEST_NAME:
        raise Refused("too_long", "The name is too long.", field="name", limit=LONGEST_NAME)
    if fault := text_fault(kept):
        raise Refused(fault, "The name has characters that cannot be kept.", field="name")
    return kept


def content_of(sender: Sender, template: Mapping[str, Any] | None) -> dict[str, Any]:
    """What carries the messages of a contract of this sender (:func:`rules.content.content_for`).

    :raises Refused: ``default_template_invalid``; ``invalid_value`` for a template on a number that knows none.
    """
    chosen = read_template(template)
    account = sender.provider_account
    capabilities = registry.get(account.kind).capabilities if account else None
    if chosen is not None and capabilities is not None and not capabilities.templates:
        raise Refused(
            "invalid_value", "Only an official number sends templates. Leave it out.", field="template"
        )
    official = capabilities is not None and capabilities.official
    return content_for(chosen=chosen, default=sender.default_template, official=official)


def open_campaign(
    *,
    business: Business,
    sender: Sender,
    name: str,
    content: dict[str, Any],
    total: int,
    content_hash: bytes,
    sealed: bool,
    actor: Actor,
    now: datetime,
    import_state: str = ImportState.NONE,
    import_file: str = "",
    import_options: Mapping[str, Any] | None = None,
    public_id: str | None = None,
) -> tuple[Campaign, Batch]:
    """The campaign and its empty batch, in the caller's transaction; says whether it looks like an earlier one."""
    batch = ledger.create_batch(
        business_id=business.pk,
        target=(Target.SENDER, sender.pk),
        content=content,
        sealed=sealed,
        now=now,
    )
    campaign = Campaign.objects.create(
        public_id=public_id or new_public_id("contract"),
        business=business,
        kind=Kind.CONTRACT,
        name=name,
        sender=sender,
        batch=batch,
        total_count=total,
        content_hash=content_hash,
        possible_duplicate_of=_earlier(business.pk, content_hash, now),
        created_by=f"{actor.kind}:{actor.id}"[:80],
        created_at=now,
        import_state=import_state,
        import_file=import_file,
        import_options=dict(import_options or {}),
    )
    return campaign, batch


def audit(
    campaign: Campaign, what: str, *, actor: Actor, now: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """A line in the audit log; the last thing in a transaction."""
    record_audit(
        actor=actor,
        action=f"contract.{what}",
        subject_kind="contract",
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
