"""Provider accounts: access to a provider of any kind, by the fields that its kind declares."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from qafila.api.shapes.strict import Flag, Given, Id, Name, Text

Kind = Annotated[Text, StringConstraints(min_length=1, max_length=32)]


class KindField(Schema):
    """One thing to fill in for a kind of provider."""

    name: str
    label: str
    help: str
    type: str = Field(description="`text`, `secret`, `url`, `yes_no` or `json`.")
    required: bool
    default: Any = None


class KindAnswer(Schema):
    """A kind of provider."""

    kind: str
    title: str
    official: bool
    linksPhone: bool = Field(description="A phone is linked after the account was added.")
    fields: list[KindField]


class KindList(Schema):
    kinds: list[KindAnswer]


class NewProviderAccount(Given):
    """Access to a provider, with the number that sends over it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "waha",
                "name": "Shop",
                "phoneNumber": "+201000000001",
                "fields": {"base_url": "https://waha.example.com", "api_key": "…", "session": "default"},
            }
        }
    )
    kind: Kind
    name: Name
    phoneNumber: Annotated[Text, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Of the number; not with accountId."
    )
    accountId: Id | None = Field(None, description="A number that is there and has no provider yet, instead.")
    fields: dict[str, Any] = Field(
        description="By the names that `GET /api/provider-accounts/kinds` lists; secrets are sealed.",
        max_length=50,
    )
    allowPrivateNetwork: Flag = Field(
        False, description="Its address may lie in a private network. Needs the right `owner`."
    )


class ProviderAccountAnswer(Schema):
    """A provider account. Secrets are never shown; the address for webhooks holds one where the provider signs nothing."""

    id: str
    kind: str
    name: str
    baseUrl: str
    allowPrivateNetwork: bool
    accountId: str = Field(description="The number on it: what contracts name.")
    accountState: str = Field(
        description="State of that number: `paused` where it was switched off, or paused in the system before."
    )
    linksPhone: bool = Field(description="Now a phone has to be linked, on the number's page.")
    webhookUrl: str = Field(description="Where the provider is to send what happens.")
