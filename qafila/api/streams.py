"""Answers that are written piece by piece, in flat memory, whatever serves the request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse


def streamed(
    request: HttpRequest, pieces: Iterator[bytes], *, content_type: str = "application/json"
) -> StreamingHttpResponse:
    """The pieces as a response. Under ASGI each is made in the request's thread: a plain iterator would be read whole."""
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_in_thread(pieces), content_type=content_type)
    return StreamingHttpResponse(pieces, content_type=content_type)


async def _in_thread(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    def pull() -> bytes | None:
        return next(pieces, None)

    while (piece := await sync_to_async(pull, thread_sensitive=True)()) is not None:
        yield piece


def as_json(value: Any, *, status: int = 200) -> HttpResponse:
    """A value as a JSON response."""
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")
