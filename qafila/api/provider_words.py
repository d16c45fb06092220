"""What providers say of numbers and templates, in the words of the API."""

from __future__ import annotations

from typing import Any

from qafila.api.streams import stamp
from qafila.api.words import reason
from qafila.senders.models import AccountHealth, MessageTemplate, Sender, SenderHealth
from qafila.senders.rules import template_states


def health_answer(sender: Sender, language: str) -> dict[str, Any] | None:
    """``shapes.provider.HealthAnswer``; None: the provider was never asked, or does not say."""
    health: SenderHealth | None = getattr(sender, "health", None)
    if health is None or (health.checked_at is None and health.told_at is None and not health.trouble):
        return None
    return {
        "quality": health.quality or None,
        "limit": health.limit_tier or None,
        "throughputLevel": health.throughput_level or None,
        "providerStatus": health.status or None,
        "verifiedName": health.verified_name or None,
        "nameStatus": health.name_status or None,
        "canSend": health.can_send or None,
        "reasons": [text for one in health.entities for text in one["reasons"]],
        "trouble": reason(health.trouble or None, language),
        "checkedAt": stamp(health.checked_at),
    }


def template_answer(row: MessageTemplate, language: str) -> dict[str, Any]:
    """``shapes.provider.TemplateAnswer``."""
    return {
        "id": str(row.public_id),
        "name": row.name,
        "language": row.language,
        "category": row.category or None,
        "status": row.status,
        "canSend": row.can_send,
        "reason": None if row.can_send else reason(template_states.code_of(row.status), language),
        "providerReason": row.reason or None,
        "quality": row.quality or None,
        "namedVariables": row.parameter_format == "NAMED",
        "components": row.components,
        "syncedAt": stamp(row.synced_at),
    }


def template_list(rows: list[MessageTemplate], health: AccountHealth | None, language: str) -> dict[str, Any]:
    """``shapes.provider.TemplateList``."""
    return {
        "templates": [template_answer(row, language) for row in rows],
        "syncedAt": stamp(health.templates_synced_at) if health else None,
        "trouble": reason((health.templates_trouble if health else "") or None, language),
    }
