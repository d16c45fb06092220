"""Messages: how far each came, and why not further."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from qafila.api.shapes.contracts import Reason
from qafila.api.shapes.strict import Given, Id

StateWord = Literal[
    "queued",
    "sending",
    "uncertain",
    "sent",
    "failed",
    "delivered",
    "read",
    "skipped",
    "cancelled",
    "received",
]


class MessageLine(Schema):
    """One message in a list."""

    id: str
    row: int | None
    phoneNumber: str
    state: StateWord
    reason: Reason | None = Field(None, description="Why it failed, was skipped, or waits.")
    attempts: int
    createdAt: str
    sentAt: str | None
    deliveredAt: str | None
    readAt: str | None
    failedAt: str | None
    uncertainAt: str | None


class MessagePage(Schema):
    messages: list[MessageLine]
    nextAfter: str | None = None


class AttemptLine(Schema):
    """One call to the provider."""

    number: int
    beganAt: str
    endedAt: str | None
    outcome: str | None = Field(description="`accepted`, or the class of failure; null: no outcome known.")
    code: str | None
    detail: str | None


class Waiting(Reason):
    notBefore: str | None = None


class MessageStory(MessageLine):
    """Everything that happened to one message."""

    contractId: str | None
    text: str
    params: Any = None
    calls: list[AttemptLine]
    whyNotYet: Waiting | None = None
    probablyNotSent: bool = False


class Decision(Given):
    """What a person says of an uncertain message."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"as": "resend"}}, extra="forbid", strict=True, populate_by_name=False
    )
    as_: Literal["sent", "failed", "resend"] = Field(alias="as")


class BulkDecision(Decision):
    """The same for many: all uncertain ones of a contract, or those named."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"as": "failed", "contractId": "contract_3fKq2rT9QxYw3ZpB7sLdVm"}},
        extra="forbid",
        strict=True,
        populate_by_name=False,
    )
    contractId: Id | None = None
    ids: list[Annotated[str, StringConstraints(max_length=20)]] | None = Field(None, max_length=10_000)


class Resolved(Schema):
    resolved: int = Field(description="How many were uncertain and are not any more.")
