"""Webhook endpoints and what was sent to them."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from qafila.api.shapes.strict import Flag, Given, Moment, Text

Url = Annotated[Text, StringConstraints(min_length=1, max_length=2048)]
Description = Annotated[Text, StringConstraints(max_length=200)]
TypeName = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Types = Annotated[list[TypeName], Field(max_length=100)]


class NewEndpoint(Given):
    url: Url = Field(description="Where to send: a public https (or http) address.")
    description: Description = ""
    eventTypes: Types = Field(default_factory=list, description="Names of types. None: all, also later ones.")
    withContents: Flag = Field(
        False, description="Also message texts and numbers. Off: ids, counts and states."
    )


class ChangedEndpoint(Given):
    url: Url | None = None
    description: Description | None = None
    eventTypes: Types | None = None
    withContents: Flag | None = None


class SendAgain(Given):
    since: Moment = Field(description="What happened from this moment on.")
    until: Moment | None = Field(None, description="Up to this moment, without it.")
    alsoDelivered: Flag = Field(False, description="Also what arrived. Off: only what failed or was missed.")


class EndpointAnswer(Schema):
    id: str
    url: str
    description: str
    eventTypes: list[str] = Field(description="Empty: all.")
    withContents: bool
    state: str = Field(description="`enabled` or `disabled`.")
    disabledReason: str | None = Field(
        description="`person`, `failing` (five days) or `gone` (it answered 410)."
    )
    disabledAt: str | None
    failingSince: str | None
    triesLastDay: int
    successPercent: int | None = Field(
        description="Of the tries of the last 24 hours; null: there were none."
    )
    waiting: int = Field(description="Deliveries that go on by themselves.")
    nextAt: str | None
    notDelivered: int = Field(description="Failed for good, or missed while it was off.")
    createdAt: str


class EndpointList(Schema):
    endpoints: list[EndpointAnswer]


class EndpointWithSecret(EndpointAnswer):
    secret: str = Field(description="Shown only this once. Verify `webhook-signature` with it.")


class SecretAnswer(Schema):
    id: str
    secret: str = Field(description="Shown only this once. The one before signs too for 24 hours.")


class Changed(Schema):
    id: str
    changed: bool = Field(description="False: it was so before.")


class TryAnswer(Schema):
    at: str
    status: int = Field(description="HTTP status; 0: no answer.")
    milliseconds: int
    code: str | None = Field(description="Why it does not count as delivered; null: it does.")
    answer: str = Field(description="The beginning of the answer, without secrets and numbers.")


class DeliveryAnswer(Schema):
    id: str
    messageId: str = Field(description="`webhook-id`: the same at every try.")
    type: str
    sequence: int | None
    object: dict[str, str] | None
    state: str = Field(description="`pending`, `delivered`, `failed` or `missed` (the endpoint was off).")
    tries: int
    lastStatus: int | None
    lastCode: str | None
    lastAt: str | None
    nextAt: str | None
    happenedAt: str


class DeliveryList(Schema):
    deliveries: list[DeliveryAnswer]
    nextAfter: str | None


class DeliveryWithTries(DeliveryAnswer):
    payload: dict[str, Any]
    attempts: list[TryAnswer]


class SentAgain(Schema):
    count: int = Field(description="So many deliveries are sent again.")
