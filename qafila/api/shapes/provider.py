"""What the provider says of a number, and the templates of its account."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field


class ReasonAnswer(Schema):
    code: str
    message: str


class HealthAnswer(Schema):
    """Read from the provider every few hours, and soon after it tells of a change."""

    quality: str | None = Field(description="`GREEN`, `YELLOW` or `RED`.")
    limit: str | None = Field(
        description="How many people you may begin with in 24 hours, all numbers of the portfolio together, in the "
        "provider's word: `TIER_2K`."
    )
    throughputLevel: str | None = Field(description="`STANDARD` (80 messages a second) or `HIGH` (1,000).")
    providerStatus: str | None = Field(description="In the provider's word: `CONNECTED`.")
    verifiedName: str | None
    nameStatus: str | None
    canSend: str | None = Field(
        description="`AVAILABLE`, `LIMITED` or `BLOCKED`: the worst of number, account, business and app."
    )
    reasons: list[str] = Field(description="Why not, in the provider's words.")
    trouble: ReasonAnswer | None = Field(description="Why it could not be read the last time.")
    checkedAt: str | None


class TemplateAnswer(Schema):
    """A template in one language."""

    id: str
    name: str
    language: str
    category: str | None
    status: str = Field(description="In the provider's word: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED` …")
    canSend: bool
    reason: ReasonAnswer | None = Field(description="Why it may not be used now.")
    providerReason: str | None
    quality: str | None
    namedVariables: bool
    components: list[dict[str, Any]] = Field(description="In the provider's shape.")
    syncedAt: str | None


class TemplateList(Schema):
    templates: list[TemplateAnswer]
    syncedAt: str | None = Field(description="When the list was read; null: not yet.")
    trouble: ReasonAnswer | None


class SyncAnswer(Schema):
    status: str = Field(description="`queued`: the list is read within a minute.")
