"""Accounts: the WhatsApp numbers that contracts are sent from."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StrictInt, StringConstraints, WithJsonSchema

from qafila.api.shapes.contracts import TemplateChoice, Warning_
from qafila.api.shapes.provider import HealthAnswer
from qafila.api.shapes.strict import Flag, Given, Id, Moment, Name, Text
from qafila.senders.rules.hours import MOST_A_DAY

Short = Annotated[Text, StringConstraints(max_length=64)]
Secret = Annotated[Text, StringConstraints(max_length=4096)]


HOURS = {
    "description": "In which hours of the week the number sends campaigns, by the clock of the business: seven lists, Monday's "
    "first, of `[from, until]`. Until is not part of it and may be `24:00`; what goes on past midnight stands in both days. "
    "null: at any time.",
    "anyOf": [
        {
            "type": "array",
            "minItems": 7,
            "maxItems": 7,
            "items": {
                "type": "array",
                "maxItems": MOST_A_DAY,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}},
            },
        },
        {"type": "null"},
    ],
    "examples": [[*[[["09:00", "13:00"], ["14:00", "18:00"]]] * 5, [], []]],
}


class NewProvider(Given):
    """Access to a provider. Its secrets are kept encrypted and never shown again."""

    kind: Short = Field(examples=["cloud_api"])
    baseUrl: Annotated[Text, StringConstraints(max_length=300)] = Field(
        examples=["https://graph.facebook.com/v23.0"]
    )
    name: Name | None = None
    businessAccountId: Short = Field(
        "", description="The provider's id of the account (WhatsApp business account)."
    )
    token: Secret = ""
    appSecret: Secret = ""
    verifyToken: Secret = ""
    portfolioId: Short | None = None
    portfolioCap: StrictInt | None = Field(
        None, ge=1, description="Unique people in 24 hours; null: unlimited."
    )


class NewAccount(Given):
    """A number. Without a provider it is "not connected" and never sends."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Main number",
                "phoneNumber": "+201000000001",
                "phoneNumberId": "200000000000001",
                "provider": {
                    "kind": "cloud_api",
                    "baseUrl": "https://graph.facebook.com/v23.0",
                    "businessAccountId": "100000000000001",
                    "token": "EAAG…",
                    "appSecret": "…",
                    "verifyToken": "…",
                },
                "defaultTemplate": {"name": "contract_message", "language": "en", "variable": None},
            }
        }
    )
    name: Name
    phoneNumber: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    phoneNumberId: Short = Field("", description="The provider's id of the number.")
    provider: NewProvider | None = None
    providerAccountId: Id | None = Field(
        None, description="A provider account that is there already, instead."
    )
    defaultTemplate: TemplateChoice | None = None
    inUseSince: Moment | None = Field(
        None,
        description="Since when the number has been sending; its daily limit grows with its age.",
    )
    throughput: StrictInt | None = Field(
        None, ge=1, le=10_000, description="Messages a second that the provider allows."
    )


class ChangedAccount(Given):
    """Only what is given changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"useLimits": False}})
    name: Name | None = None
    phoneNumberId: Short | None = Field(None, description="The provider's id of the number.")
    useLimits: Flag | None = Field(None, description="Our own pace. Off: at the owner's risk.")
    defaultTemplate: TemplateChoice | None = Field(None, description="null: none.")
    inUseSince: Moment | None = Field(
        None, description="Since when the number has been sending; its daily limit grows with its age."
    )
    throughput: StrictInt | None = Field(
        None, ge=1, le=10_000, description="Messages a second that the provider allows; null: its default."
    )
    hours: Annotated[Any, WithJsonSchema(HOURS)] = None


class ChangedProvider(Given):
    """New access to the provider: only what is given changes, and nothing of it is ever shown again."""

    model_config = ConfigDict(json_schema_extra={"example": {"token": "EAAG…"}})
    token: Secret | None = Field(None, min_length=1)
    appSecret: Secret | None = Field(
        None, min_length=1, description="Signs webhooks. The former one is accepted for 7 days more."
    )
    verifyToken: Secret | None = Field(None, min_length=1)
    baseUrl: Annotated[Text, StringConstraints(max_length=300)] | None = Field(
        None, description="The provider's address."
    )
    endFormerAppSecret: Flag = Field(False, description="The former app secret is no longer accepted.")


class AccountAnswer(Schema):
    """An account. Secrets are never shown."""

    id: str
    name: str
    phoneNumber: str
    status: str = Field(
        description="`ready`, `resting`, `paused`, `stopped` or `not_connected`. A number of a stopped provider account is "
        "`stopped`."
    )
    statusReason: str | None = Field(description="The code of what holds it.")
    statusMessage: str
    statusCause: str | None
    statusStep: str | None = Field(description="What to do.")
    stoppedByProviderAccount: bool = Field(description="Not the number is stopped, but its provider account.")
    restUntil: str | None
    provider: str | None = Field(description="The kind of provider; null: not connected.")
    providerAccountId: str | None
    official: bool | None
    phoneNumberId: str
    useLimits: bool
    defaultTemplate: dict[str, str | None] | None
    inUseSince: str
    throughput: int | None
    hours: Annotated[list[list[list[str]]] | None, WithJsonSchema(HOURS)]
    createdAt: str
    health: HealthAnswer | None = Field(
        None, description="How well the number is, and what the provider says of it; null: not known yet."
    )
    warnings: list[Warning_] = []


class AccountList(Schema):
    accounts: list[AccountAnswer]
