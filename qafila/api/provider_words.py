"""What providers say of numbers and templates, in the words of the API."""

from __future__ import annotations

from typing import Any

from qafila.api.words import reason
from qafila.kit.stamps import stamp
from qafila.senders.health_queries import Wellbeing
from qafila.senders.models import AccountHealth, MessageTemplate, Sender, SenderHealth
from qafila.senders.rules import template_states


def health_answer(sender: Sender, well: Wellbeing | None, language: str) -> dict[str, Any] | None:
    """``shapes.provider.HealthAnswer``; None: nothing is known yet, neither here nor from the provider."""
    health: SenderHealth | None = getattr(sender, "health", None)
    silent = health is None or (health.checked_at is None and health.told_at is None and not health.trouble)
    if well is None and silent:
        return None
    return {**_wellbeing(well), **_provider_says(SenderHealth() if health is None else health, language)}


def _wellbeing(well: Wellbeing | None) -> dict[str, Any]:
    if well is None:
        return {"score": None, "known": False, "reasons": [], "pace": 1.0, "blockDetection": None}
    return {
        "score": well.score,
        "known": well.known,
        "reasons": [{"code": one.code, "message": one.message, "weight": one.weight} for one in well.reasons],
        "pace": round(well.pace, 3),
        "blockDetection": None if well.kind == "none" else well.kind,
    }


def _provider_says(health: SenderHealth, language: str) -> dict[str, Any]:
    return {
        "quality": health.quality or None,
        "limit": health.limit_tier or None,
        "throughputLevel": health.throughput_level or None,
        "providerStatus": health.status or None,
        "verifiedName": health.verified_name or None,
        "nameStatus": health.name_status or None,
        "canSend": health.can_send or None,
        "providerReasons": [text for one in health.entities for text in one["reasons"]],
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
