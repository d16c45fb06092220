"""Alerts: what a person should look at."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from qafila.api.shapes.strict import Given

MOST_MINUTES = 366 * 24 * 60


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
    effect: str | None = Field(description="What it holds up; null: nothing known.")
    link: str = Field(description="Leads to what it is about; a path only where `PUBLIC_URL` is not set.")
    subject: AlertSubject | None
    count: int
    muted: bool = Field(description="The business does not want to hear of it now.")
    openedAt: str
    lastAt: str
    readAt: str | None
    closedAt: str | None = Field(description="The trouble is over since then; null: it is not.")


class AlertList(Schema):
    alerts: list[AlertAnswer]
    unread: int = Field(description="How many open ones nobody has read.")
    nextAfter: str | None


class MuteOrder(Given):
    """For how long, and how much."""

    minutes: int | None = Field(
        None, ge=1, le=MOST_MINUTES, description="For how long; without it: until somebody ends it."
    )
    wholeCode: bool = Field(False, description="Every alert with its code, whatever it is about.")


class AlertMuted(Schema):
    id: str
    muted: bool
    until: str | None = Field(description="null: until somebody ends it.")
    wholeCode: bool


class AlertMarked(Schema):
    id: str
    changed: bool = Field(description="False: it was so before.")


class AllMarked(Schema):
    marked: int
