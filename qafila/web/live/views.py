"""``GET /live``: the stream of an open page; ``GET /live/badge``: what the frame shows of the alerts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from qafila.alerts.queries import INSTALLATION, open_alerts
from qafila.web.live import streams, topics
from qafila.web.live.access import Pass
from qafila.web.live.hub import Stream
from qafila.web.shell.doors import MEMBER, Current, signed_in

RETRY_MILLISECONDS = 3000


@require_safe
@signed_in(MEMBER)
async def live(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: the name is the topic, the data the moment. Topics one may not see are left out.

    ``since``: when the page was drawn, in POSIX seconds. ``business``: the one that the page shows; where another is open by
    now, the stream is over before it says anything.
    """
    current: Current = request.current  # type: ignore[attr-defined]
    if request.GET.get("business", "") not in ("", str(current.business.public_id)):
        return _stream(_elsewhere())
    wanted = topics.read(request.GET.get("topics", ""))
    if wanted is None:
        return HttpResponse(
            "topics: one to twenty known ones, separated by commas", status=400, content_type="text/plain"
        )
    allowed = [
        topic for topic in wanted if not topics.scope_of(topic) or current.actor.may(topics.scope_of(topic))
    ]
    if not allowed:
        return HttpResponse(status=403)
    stream = Stream(current.business.pk, allowed)
    its = Pass(request.session.session_key or "", current.business.pk, current.role)
    return _stream(_written(stream, its, _moment(request.GET.get("since", ""))))


def _stream(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        events,
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _elsewhere() -> AsyncIterator[bytes]:
    yield _event("over")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text.isascii() and len(text) < 12 else None
    except ValueError:
        return None


async def _written(stream: Stream, its: Pass, since: datetime | None) -> AsyncIterator[bytes]:
    # An open page must not hold the database connection that its door has used: hundreds of pages are open at once.
    await sync_to_async(connections.close_all)()
    streams.enter(stream, its, since=since)
    try:
        yield f"retry: {RETRY_MILLISECONDS}\n".encode() + _event("hello")
        async for fresh in stream.events():
            yield b"".join(_event(topic) for topic in fresh or ["beat"])
        if not streams.hub.is_closing:
            yield _event("over")  # access was lost: the page does not come back by itself
    finally:
        streams.leave(stream)


def _event(name: str) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'at': datetime.now(UTC).isoformat(timespec='milliseconds')})}\n\n".encode()


@require_safe
@signed_in(MEMBER)
def badge(request: HttpRequest) -> HttpResponse:
    """How many alerts are open and unread, and which business is open."""
    current: Current = request.current  # type: ignore[attr-defined]
    count = 0
    if current.actor.may("events:read"):
        count = open_alerts(current.business.pk, installation=current.actor.may(INSTALLATION)).count()
    return JsonResponse(
        {"alerts": count, "business": str(current.business.public_id)}, headers={"Cache-Control": "no-store"}
    )
