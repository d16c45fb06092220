"""An open message by the id in an address."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.utils import timezone

from qafila.campaigns.queries import open_messages as queries
from qafila.campaigns.queries.open_messages import OpenMessage
from qafila.web.shell.doors import Current


def open_message_of(request: HttpRequest, open_id: str) -> tuple[Current, OpenMessage]:
    """Who asks, and the open message.

    :raises Http404: not of this business.
    """
    current: Current = request.current  # type: ignore[attr-defined]
    found = queries.open_message(current.business.pk, open_id, now=timezone.now())
    if found is None:
        raise Http404
    return current, found
