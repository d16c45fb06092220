"""Bulk actions in three steps: rows, the page, all that match. What is sent is the query; the server counts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qafila.web.lists.columns import BulkAction, Done
from qafila.web.lists.query import ListQuery, read_ids
from qafila.web.shell import undoing
from qafila.web.shell.doors import Forbidden
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed_as_shown

if TYPE_CHECKING:
    from qafila.web.lists.page import ListPage

_ASKED: Final = "qafila.web.lists.bulk"
"""What the moment of a question is signed for."""
_LEVELS = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}


def refused(scope: str) -> Forbidden:
    """What is raised when a role lacks a right."""
    text = _("Your role does not allow this. Ask an owner or admin of the business.")
    return Forbidden("not_allowed", text, scope=scope)


def answer(page: ListPage, query: ListQuery, *, now: datetime) -> HttpResponseBase:
    """Asks first, with the exact count; then acts and goes back to the same list. Fewer than were shown are no reason to ask
    again where nothing that came later is touched: where messages go out, the number falls while one reads it.

    :param now: from before the count.
    :raises Forbidden: the person lacks the action's right.
    """
    posted = page.request.POST
    offered = (one for one in page.bulk if not one.is_hidden)
    action = next((one for one in offered if one.key == posted.get("action")), None)
    if action is None:
        return HttpResponse(status=400)
    if not page.current.actor.may(action.scope):
        raise refused(action.scope)
    everything = posted.get("all") == "1"
    asked_at = _asked_at(posted.get("asked", ""), now)
    chosen = replace(query, asked_at=asked_at) if everything else query.only(read_ids(posted))
    count = page.source(page.current, chosen).total() if everything or chosen.ids else 0
    if count == 0:
        messages.warning(page.request, _("Nothing was chosen. Tick some rows first."))
        return _back(page)
    reason = posted.get("reason", "").replace("\x00", "").strip()[:200]
    options = action.choices(page.current, chosen) if action.choices else None
    is_chosen = options is None or reason in {value for value, _title in options}
    # Others than were shown would be as many by chance only; what was ticked is what was shown.
    is_as_asked = not everything or action.leaves_later_ones or posted.get("expected") == str(count)
    if not is_chosen or not is_as_asked or not is_confirmed_as_shown(page.request, count):
        return _ask(page, action, chosen, count, options=options, now=now)
    if action.along is not None and count > action.at_once:
        return _hand_over(page, action, chosen, count, reason=reason, now=now)
    done = action.run(page.current, chosen, now, reason)
    return _tell(page, done)


def _hand_over(
    page: ListPage, action: BulkAction, chosen: ListQuery, count: int, *, reason: str, now: datetime
) -> HttpResponse:
    """So many take longer than one waits for an answer: a job does it, and the way leads to the page that shows how far."""
    from qafila.web.lists import changing

    change = changing.hand_over(
        page.current,
        action.key,
        path=page.request.path,
        query=page.request.GET.urlencode(),
        ids=chosen.ids,
        reason=reason,
        total=count,
        asked_at=chosen.asked_at or now,
    )
    return _lead(page, reverse("change", args=[change.public_id]))


def _ask(
    page: ListPage,
    action: BulkAction,
    chosen: ListQuery,
    count: int,
    *,
    options: Sequence[tuple[str, str]] | None,
    now: datetime,
) -> HttpResponse:
    """The question; asked again where more match by now, or another number was typed."""
    again = "expected" in page.request.POST
    context = {
        "page": page,
        "action": action,
        "effect": action.effect(count),
        "count": count,
        "options": options,
        "typed": count if count > TYPED_ABOVE else 0,
        "ids": chosen.ids,
        "again": again,
        "asked": signing.dumps(now.isoformat(), salt=_ASKED),
        "back": page.request.get_full_path(),
    }
    is_part = page.request.headers.get("HX-Request") == "true"
    return render(page.request, "web/lists/ask_part.html" if is_part else "web/lists/ask.html", context)


def _asked_at(said: str, now: datetime) -> datetime:
    """When the person was asked, as the question itself says; now for who posts without having been asked."""
    try:
        return min(now, datetime.fromisoformat(signing.loads(said, salt=_ASKED)))
    except signing.BadSignature:
        return now


def _tell(page: ListPage, done: Done) -> HttpResponse:
    if done.undo:
        undoing.offer(
            page.request, done.text, done.undo.url, seconds=done.undo.seconds, fields=done.undo.fields
        )
    else:
        messages.add_message(page.request, _LEVELS[done.level], done.text)
    return _back(page)


def _back(page: ListPage) -> HttpResponse:
    return _lead(page, page.request.get_full_path())


def _lead(page: ListPage, where: str) -> HttpResponse:
    if page.request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)
