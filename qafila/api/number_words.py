"""Numbers and directions as their answers show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from qafila import wording
from qafila.campaigns.queries.of_number import Figures, Used
from qafila.kit.stamps import stamp
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution
from qafila.senders.models import Sender
from qafila.senders.queries import effective
from qafila.senders.saying import steps_say
from qafila.senders.validating import Validation


def number_answer(sender: Sender, *, directions: Sequence[str]) -> dict[str, Any]:
    """``shapes.numbers.NumberAnswer``."""
    return {
        "id": str(sender.public_id),
        "phone_number": sender.phone,
        "label": sender.name,
        "is_default": sender.is_default,
        "is_active": sender.is_active,
        "created_at": stamp(sender.created_at),
        "updated_at": stamp(sender.updated_at),
        "status": effective(sender).state,
        "directions": list(directions),
    }


def direction_answer(
    row: Direction, *, sending: Resolution, ads: Resolution, language: str
) -> dict[str, Any]:
    """``shapes.numbers.DirectionAnswer``."""
    return {
        "id": str(row.public_id),
        "name": row.name,
        "whatsapp_phone_number_id": str(row.sender.public_id) if row.sender else None,
        "whatsapp_phone_number": row.sender.phone if row.sender else None,
        "fallback_whatsapp_phone_number_id": str(row.fallback_sender.public_id)
        if row.fallback_sender
        else None,
        "fallback_whatsapp_phone_number": row.fallback_sender.phone if row.fallback_sender else None,
        "colour": row.colour,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
        "gone_phone_number": row.gone_phone or None,
        "resolved": resolved(sending, language),
        "resolved_for_ads": resolved(ads, language),
    }


def resolved(found: Resolution, language: str) -> dict[str, Any]:
    """``shapes.numbers.ResolvedNumber``."""
    return {
        "whatsapp_phone_number_id": str(found.sender.public_id) if found.sender else None,
        "whatsapp_phone_number": found.phone or None,
        "source": found.source,
        "explanation": explained(found.steps, language),
    }


def explained(steps: Iterable[Any], language: str) -> list[str]:
    """The steps in the caller's language; also steps as a campaign keeps them."""
    return [said.sentence for said in steps_say(steps, language)]


def used_answer(used: Used, language: str) -> dict[str, Any]:
    """``shapes.numbers.NumberUse``."""
    return {
        "id": used.public_id,
        "name": used.name,
        "kind": used.kind,
        "status": used.status.value,
        "created_at": stamp(used.created_at),
        "started_at": stamp(used.started_at),
        "finished_at": stamp(used.finished_at),
        "sent": used.done.sent,
        "delivered": used.done.delivered,
        "read": used.done.read,
        "failed": used.done.failed,
        "explanation": explained(used.routing, language),
    }


def stats_answer(sender: Sender, figures: Figures, *, directions: int) -> dict[str, Any]:
    """``shapes.numbers.NumberStats``."""
    return {
        "id": str(sender.public_id),
        "campaigns": figures.campaigns,
        "sent": figures.done.sent,
        "delivered": figures.done.delivered,
        "read": figures.done.read,
        "failed": figures.done.failed,
        "open": figures.done.open,
        "replied": figures.replied,
        "directions": directions,
    }


def validation_answer(sender: Sender, found: Validation, language: str) -> dict[str, Any]:
    """``shapes.numbers.ValidationAnswer``."""
    info, account = found.info, found.account
    said = wording.say(
        found.code,
        language,
        name=(info.verified_name or sender.name) if info else sender.name,
        reason=found.reason or None,
    )
    return {
        "id": str(sender.public_id),
        "phone_number": sender.phone,
        "validation": found.verdict.value,
        "message": " ".join(part for part in (said.sentence, said.cause) if part),
        "step": said.step or None,
        "verified_name": info.verified_name or None if info else None,
        "quality": info.quality or None if info else None,
        "phone_number_id": info.ref or None if info else None,
        "provider_account_id": str(account.public_id) if account else None,
    }
