"""Numbers and directions, in the user's own JSON; fields of ours stand beside theirs."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from qafila.api.shapes.strict import Flag, Given, Id, Name, Text

Phone = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Label = Annotated[Text, StringConstraints(max_length=200)]


class NewNumber(Given):
    """A number for the list. It is not connected to a provider yet, so nothing is sent from it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "userAccountId": "5f0c1a52-7d0e-4c0b-9a53-0d7b6b1f1f10",
                "phone_number": "+12345678901",
                "label": "Sales",
                "is_default": True,
            }
        }
    )
    userAccountId: Id | None = Field(None, description="Your account. Required: 400 without it.")
    phone_number: Phone = Field(description="International, with `+`.")
    label: Label | None = None
    is_default: Flag = Field(False, description="The first number becomes the default in any case.")


class ChangedNumber(Given):
    """Only what is given changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"label": "Sales", "is_default": True}})
    label: Label | None = None
    is_default: Flag | None = Field(None, description="true: the former default is one no more.")
    is_active: Flag | None = Field(
        None, description="false: nothing resolves to it, and it sends nothing, until it is true again."
    )


class NumberAnswer(Schema):
    """A number of the list."""

    id: str
    phone_number: str = Field(examples=["+12345678901"])
    label: str
    is_default: bool
    is_active: bool
    created_at: str
    updated_at: str
    status: str = Field(description="`ready`, `resting`, `paused`, `stopped` or `not_connected`.")
    directions: list[str] = Field(description="Names of the directions that use it.")


class NumberList(Schema):
    numbers: list[NumberAnswer]


class Deleted(Schema):
    id: str
    deleted: bool = True


class ValidationAnswer(Schema):
    """What the provider says of a number."""

    id: str
    phone_number: str
    validation: str = Field(description="`verified`, `unverified`, `not_ours` or `unknown`.")
    message: str
    step: str | None
    verified_name: str | None
    quality: str | None
    phone_number_id: str | None = Field(description="The provider's id of the number.")
    provider_account_id: str | None


class NumberUse(Schema):
    """A campaign in which the number was used; the figures are this number's alone."""

    id: str
    name: str
    kind: str
    status: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    sent: int = Field(description="Accepted by the provider, whatever came after.")
    delivered: int = Field(description="Delivered or read.")
    read: int
    failed: int
    explanation: list[str] = Field(description="Why this number, where a direction chose it.")


class NumberHistory(Schema):
    campaigns: list[NumberUse]
    nextAfter: str | None = Field(description="Pass it as `after` for the next page; null: this is the last.")


class NumberStats(Schema):
    """What the number did in all campaigns."""

    id: str
    campaigns: int
    sent: int
    delivered: int
    read: int
    failed: int
    open: int = Field(description="In the air, or nobody knows whether they went out.")
    replied: int = Field(description="People who wrote back to it.")
    directions: int


_STANDS_IN = "The number that stands in while its own (or the default) does not serve; null: none."


class NewDirection(Given):
    """A line of business."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Implants", "whatsapp_phone_number_id": None}}
    )
    userAccountId: Id | None = None
    name: Name
    whatsapp_phone_number_id: Id | None = Field(None, description="null: the default number.")
    fallback_whatsapp_phone_number_id: Id | None = Field(None, description=_STANDS_IN)
    colour: Annotated[Text, StringConstraints(max_length=7)] = Field("", examples=["#1f8a70"])


class ChangedDirection(Given):
    """Only what is given changes."""

    model_config = ConfigDict(json_schema_extra={"example": {"whatsapp_phone_number_id": None}})
    name: Name | None = None
    whatsapp_phone_number_id: Id | None = Field(None, description="null: the default number.")
    fallback_whatsapp_phone_number_id: Id | None = Field(None, description=_STANDS_IN)
    colour: Annotated[Text, StringConstraints(max_length=7)] | None = None


class ResolvedNumber(Schema):
    """The number that serves, and how it came to that."""

    whatsapp_phone_number_id: str | None = Field(
        description="null: none serves, or it is the old number of the account, which is not in the list."
    )
    whatsapp_phone_number: str | None
    source: str = Field(description="`direction`, `fallback`, `default`, `legacy` or `none`.")
    explanation: list[str]


class DirectionAnswer(Schema):
    """A direction. The first fields are its own choice; `resolved` is what serves it now."""

    id: str
    name: str
    whatsapp_phone_number_id: str | None
    whatsapp_phone_number: str | None = Field(description="The number of that id; null when the id is null.")
    fallback_whatsapp_phone_number_id: str | None = Field(description=_STANDS_IN)
    fallback_whatsapp_phone_number: str | None
    colour: str
    created_at: str
    updated_at: str
    gone_phone_number: str | None = Field(
        description="The number that it had, which was deleted since; it falls back to the default."
    )
    resolved: ResolvedNumber = Field(description="Where a message for this direction goes.")
    resolved_for_ads: ResolvedNumber = Field(
        description="Which number an ad of this direction gets: also one that cannot send just now."
    )


class DirectionList(Schema):
    directions: list[DirectionAnswer]


class DirectionResolved(Schema):
    """Both answers of one direction."""

    id: str
    name: str
    resolved: ResolvedNumber
    resolved_for_ads: ResolvedNumber
