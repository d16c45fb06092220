"""Packages and open messages, in the user's names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from qafila.api.shapes.contracts import Reason, Warning_
from qafila.api.shapes.strict import Flag, Given, Id, Name, Text
from qafila.providers import contents_json

ProfileStatus = Literal["active", "paused"]
PackageStatus = Literal["active", "resting", "nothing_active"]
OpenStatusWord = Literal["queued", "sending", "completed", "failed", "held", "cancelled"]
Weight = Annotated[int, Field(ge=1, le=100, strict=True)]


class NewPackage(Given):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "Clinics"}}, extra="forbid", strict=True)
    name: Name


class ChangedPackage(Given):
    """Whatever is given is changed."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"auto_pause_on_failures": False}}, extra="forbid", strict=True
    )
    name: Name | None = None
    auto_pause_on_failures: Flag | None = Field(None, description="Not recommended for production.")


class PackageAnswer(Schema):
    """A pool of numbers that share work."""

    id: str
    name: str
    auto_pause_on_failures: bool
    status: PackageStatus = Field(
        description="`resting`: none may send now, one comes back by itself. `nothing_active`: messages are refused."
    )
    total_profiles: int
    active_profiles: int
    created_at: str
    warning: str | None = Field(None, description="Said while `auto_pause_on_failures` is on.")
    hold_reason: Reason | None = Field(
        None, description="Held after losses: campaigns over it wait for a person, and what begins is held."
    )


class PackageList(Schema):
    packages: list[PackageAnswer]


class DeletedPackage(Schema):
    id: str
    deleted: bool = True


class PausedPackage(PackageAnswer):
    changed: int = Field(description="How many profiles were changed.")


class ProfileAnswer(Schema):
    """A number in a package."""

    id: str = Field(description="The account's id.")
    name: str
    phone_number: str
    status: ProfileStatus
    pause_reason: str | None = Field(
        description="Why it does not send, in your language; null while it is active."
    )
    pause_code: str | None
    paused_by: str | None = Field(description="`person` or `auto`.")
    state: str = Field(description="`ready`, `resting`, `paused`, `stopped` or `not_connected`.")
    rest_until: str | None
    weight: int = Field(description="1 to 100: how much of its pace it gives, beside the heaviest one.")
    step: str | None = Field(description="What to do.")


class ProfileList(Schema):
    profiles: list[ProfileAnswer]


class NewProfile(Given):
    """Puts an account into the package."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"profile_id": "5f0c1a52-7d0e-4c0b-9a53-0d7b6b1f1f10", "weight": 1}},
        extra="forbid",
        strict=True,
    )
    profile_id: Id = Field(description="The account's id.")
    weight: Weight = 1


class ChangedProfile(Given):
    weight: Weight


class RemovedProfile(Schema):
    id: str
    removed: bool


class PauseWords(Given):
    """Why, for the audit log."""

    reason: Annotated[Text, Field(max_length=200)] = ""


class NewOpenMessage(Given):
    """The same words to some people, at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"message_type": "text", "content": "Hello!", "recipients": ["+201012345678"]}
        },
        extra="forbid",
        strict=True,
    )
    message_type: Text = Field(
        "text",
        description="One that the numbers can send; phone-linked ones send few of them.",
        json_schema_extra={"enum": list(contents_json.KINDS)},
    )
    content: str | dict[str, Any] = Field(
        description="A text; or for another type an object with the parts that the documents of packages list: a template's "
        "`name`, `language`, `params`; a file's `link` and `caption`; a product's `catalog` and `product` …"
    )
    recipients: list[Any] = Field(
        description="Phone numbers in international form, 1 to 200,000.",
        json_schema_extra={"items": {"type": "string", "maxLength": 200}},
    )


class RejectedRecipient(Schema):
    row: int
    phone_number: str
    code: str
    message: str


class OpenedMessage(Schema):
    """An open message that is on its way."""

    id: str = Field(examples=["open_3fKq2rT9QxYw3ZpB7sLdVm"])
    status: OpenStatusWord
    total_recipients: int
    accepted: int
    rejected: list[RejectedRecipient] = []
    waits: bool = Field(False, description="No profile may send now; it goes on by itself.")
    closed_windows: int = Field(
        0, description="Recipients that cannot get free text now: they will be skipped."
    )
    warnings: list[Warning_] = []
    hold_reason: Reason | None = Field(
        None, description="The package is held after losses: it waits until a person resumes it."
    )
    direction_id: str | None = None
    explanation: list[str] = Field([], description="Why this number, where a direction chose it.")


class RecipientLine(Schema):
    phone_number: str
    status: str
    reason: Reason | None
    attempts: int
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None


class OpenMessageAnswer(Schema):
    """An open message as it stands."""

    id: str
    status: OpenStatusWord
    total_recipients: int
    name: str = Field(description="The beginning of its text.")
    package_id: str | None
    account_id: str | None
    direction_id: str | None = None
    explanation: list[str] = Field([], description="Why this number, where a direction chose it.")
    created_at: str
    finished_at: str | None
    waiting: int
    sent: int = Field(description="Sent, delivered or read.")
    delivered: int
    read: int
    failed: int
    skipped: int
    uncertain: int = Field(description="Nobody knows whether they went out; none is sent again by itself.")
    cancelled: int
    why_waiting: Reason | None = None
    hold_reason: Reason | None = None
    recipients: list[RecipientLine] = Field([], description="The first hundred.")


class OpenMessageList(Schema):
    messages: list[OpenMessageAnswer]
    next_after: str | None


class OpenMessageChanged(Schema):
    id: str
    status: OpenStatusWord
    changed: bool
