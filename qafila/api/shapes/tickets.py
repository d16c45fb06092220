"""Tickets: conversations with people, each in one direction."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from qafila.api.shapes.strict import Given, Id


class TicketAnswer(Schema):
    """One conversation. A person has at most one open ticket in a direction, and at most one without a direction."""

    id: str
    state: Literal["open", "closed"]
    contactId: str
    name: str = Field(description="Of the person; empty where nobody knows it.")
    phoneNumber: str | None = Field(description="Of the person; null where only another identity is known.")
    directionId: str | None = Field(
        description="null: it came over a number that serves no direction or several, or the direction was deleted."
    )
    direction: str | None = Field(description="Its name.")
    openedAt: str
    lastMessageAt: str = Field(description="When the person last wrote.")
    messageCount: int = Field(description="How many messages of the person it holds.")
    closedAt: str | None
    closedAs: Literal["done", "merged"] | None = Field(
        description="`done`: somebody closed it. `merged`: it became one with `mergedInto`. null: it is open."
    )
    mergedInto: str | None


class TicketStory(TicketAnswer):
    messageIds: list[str] = Field(
        description="The last 100 messages of the person in it, oldest first: `GET /api/messages/:id`."
    )


class TicketList(Schema):
    tickets: list[TicketAnswer]
    open: int = Field(description="How many tickets of the business are open.")
    nextAfter: str | None


class TransferOrder(Given):
    """Where a ticket goes."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"directionId": "3f0d2c1e-6a55-4c3b-9b7e-0a1f5d2c7e11"}},
        extra="forbid",
        strict=True,
    )
    directionId: Id | None = Field(description="null: no direction.")
