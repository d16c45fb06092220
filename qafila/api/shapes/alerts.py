"""Alerts: what a person should look at."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field


class AlertSubject(Schema):
    kind: str = Field(description="`sender`, `provider_account`, `batch` …")
    id: str


class AlertAnswer(Schema):
    """One alert. A storm is one of them: `count` says how often it came."""

    id: str
    level: str = Field(description="`info`, `warning` or `critical`.")
    code: str
    message: str
    cause: str | None
    step: str | None = Field(description="What to do.")
    subject: AlertSubject | None
    count: int
    openedAt: str
    lastAt: str
    readAt: str | None
    closedAt: str | None = Field(description="The trouble is over since then; null: it is not.")


class AlertList(Schema):
    alerts: list[AlertAnswer]
    unread: int = Field(description="How many open ones nobody has read.")
    nextAfter: str | None


class AlertMarked(Schema):
    id: str
    changed: bool = Field(description="False: it was so before.")


class AllMarked(Schema):
    marked: int
