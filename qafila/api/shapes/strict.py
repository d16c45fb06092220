"""The base of every request's shape."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, StrictBool, StrictStr, StringConstraints


class Given(Schema):
    """A body: fields that we do not know are refused, never ignored, and no value is converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


Name = Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[StrictStr, StringConstraints(min_length=1, max_length=64)]
Flag = StrictBool
