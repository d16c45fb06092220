"""What every refusal looks like."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict, Field

REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 500, 503})
"""Every status that a call may be refused with, for the ``response`` of each route: all have the body :class:`Refusal`."""


class Fault(Schema):
    """One thing that is not right."""

    code: str = Field(description="Stable; your program may decide by it.")
    message: str = Field(description="A sentence in your language (`Accept-Language`: en, ar, he, ru).")
    step: str = Field("", description="What you can do about it.")
    cause: str | None = Field(None, description="Why, where the sentence does not say it.")
    field: str | None = None
    row: int | None = Field(None, description="From 1, as you sent them.")


class FaultAtTop(Fault):
    details: list[Fault] | None = Field(None, description="Every fault, where there can be several.")
    requestId: str = Field(description="The number of this call in our log; also the header `X-Request-Id`.")


class Refusal(Schema):
    """The body of every answer from 400 up."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": {
                    "code": "unauthorised",
                    "message": "This call needs an API key.",
                    "cause": "No key came with the request, or the key is not valid.",
                    "step": "Add the header `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
                    "requestId": "V6mK2rT9QxYw3ZpB7sLd",
                }
            }
        }
    )
    error: FaultAtTop
