"""The base of every request's shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from qafila.campaigns.rules.recipients import text_fault


class Given(Schema):
    """A body: fields that we do not know are refused, never ignored, and no value is converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _storable(text: str) -> str:
    if fault := text_fault(text):
        raise PydanticCustomError(fault, "The text cannot be kept.")
    return text


def _is_text(given: object) -> object:
    if not isinstance(given, str):
        raise PydanticCustomError("datetime_type", "A moment is a text.")
    return given


def _in_utc(moment: datetime) -> datetime:
    """PostgreSQL takes no offset of sixteen hours and more, which ISO 8601 can write."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in UTC it is before the year 1, or after 9999
        raise PydanticCustomError("out_of_range", "This moment cannot be kept.") from None


Text = Annotated[StrictStr, AfterValidator(_storable)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Flag = StrictBool
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_is_text), AfterValidator(_in_utc)]
"""ISO 8601 with an offset, never a number of seconds; kept in UTC."""
