"""Bodies of requests: how large they may be, and JSON read fast and strictly."""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from qafila.api.refusals import ApiRefusal
from qafila.campaigns.incoming import LIMITS

UPLOAD_PATHS = frozenset({"/api/contracts/upload", "/campaigns/new/"})
"""Where whole files come in: through the API, and from the page."""
_FORM_AROUND_A_FILE = 1_000_000


class InvalidJson(ValueError):
    """A body that is no JSON.

    :ivar place: ``line`` and ``column`` where the reader stopped, if that is known.
    """

    def __init__(self, place: dict[str, int]) -> None:
        super().__init__("The body is not valid JSON.")
        self.place = place


class BodyTooLarge(Exception):
    """A body over the limit of its address."""


class StrictJson(Parser):
    """JSON by orjson. Half surrogate pairs, which it refuses, come through for a fault that names the row."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values.

        :raises InvalidJson: with the place. :raises BodyTooLarge: a body that came without its length.
        """
        if len(request.body) > most_bytes(request.path):
            raise BodyTooLarge
        return read_json(request.body)


class FastJson(BaseRenderer):
    """Answers by orjson."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The value as JSON in UTF-8."""
        del request, response_status
        return orjson.dumps(data)


def read_json(body: bytes) -> Any:
    """Reads JSON strictly: no NaN, no comments, UTF-8 only. Raises :class:`InvalidJson`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as refusal:
        if b"\\u" not in body or "surrogate" not in refusal.msg:
            raise InvalidJson({"line": refusal.lineno, "column": refusal.colno}) from refusal
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except json.JSONDecodeError as refusal:
        raise InvalidJson({"line": refusal.lineno, "column": refusal.colno}) from refusal
    except (ValueError, RecursionError) as refusal:
        raise InvalidJson({}) from refusal


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON.")


def most_bytes(path: str) -> int:
    """How large a body this address takes."""
    if path in UPLOAD_PATHS:
        return LIMITS.max_bytes + _FORM_AROUND_A_FILE
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def too_large(path: str) -> ApiRefusal:
    """The refusal of a body over the limit."""
    limit = f"{most_bytes(path) // 1_000_000} MB"
    return ApiRefusal(413, "body_too_large", params={"limit": limit})
