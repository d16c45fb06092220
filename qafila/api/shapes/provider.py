"""What the provider says of a number, and the templates of its account."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field


class ReasonAnswer(Schema):
    code: str
    message: str


class Because(Schema):
    code: str
    message: str
    weight: int = Field(description="Points that it took off; 0: only said.")


class HealthAnswer(Schema):
    """How well the number is, reckoned each minute while it calls; and what the provider says of it, read every few hours and
    soon after it tells of a change."""

    score: int | None = Field(
        description="0 to 100; null: not reckoned yet. A model: see the page on health."
    )
    known: bool = Field(description="false: there were too few messages to say much.")
    reasons: list[Because] = Field(description="Why points were taken off, the heaviest first.")
    pace: float = Field(
        description="The share of its fixed limits that the number may use now, above 0 and at most 1."
    )
    blockDetection: str | None = Field(
        description="The verdict of block detection: `spam_limited`, `banned`, `logged_out`, `token_invalid`, "
        "`account_blocked`, `black_hole`, `failing`, `degraded`; null: no trouble.",
    )
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
    providerReasons: list[str] = Field(description="Why not, in the provider's words.")
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
