"""The base of every request's shape."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, StrictBool, StrictStr, StringConstraints
from pydantic_core import PydanticCustomError

from qafila.campaigns.rules.recipients import text_fault


class Given(Schema):
    """A body: fields that we do not know are refused, never ignored, and no value is converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _storable(text: str) -> str:
    if fault := text_fault(text):
        raise PydanticCustomError(fault, "The text cannot be kept.")
    return text


Text = Annotated[StrictStr, AfterValidator(_storable)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Flag = StrictBool
