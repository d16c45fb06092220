"""Bulk actions in three steps: rows, the page, all that match. What is sent is the query; the server counts anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from qafila.web.lists.columns import BulkAction, Done
from qafila.web.lists.query import ListQuery, read_ids
from qafila.web.shell import undoing
from qafila.web.shell.doors import Forbidden
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed_as_shown

if TYPE_CHECKING:
    from qafila.web.lists.page import ListPage

_LEVELS = {"success": messages.SUCCESS, "warning": messages.WARNING, "error": messages.ERROR}


def refused(scope: str) -> Forbidden:
    """What is raised when a role lacks a right."""
    text = _("Your role does not allow this. Ask an owner or admin of the business.")
    return Forbidden("not_allowed", text, scope=scope)


def answer(page: ListPage, query: ListQuery, *, now: datetime) -> HttpResponseBase:
    """Asks first, with the exact count; then acts and goes back to the same list. Fewer than were shown are no reason to ask
    again: where messages go out, the number falls while one reads it.

    :param now: from before the count; an action leaves alone what came into its list later.
    :raises Forbidden: the person lacks the action's right.
    """
    posted = page.request.POST
    action = next((one for one in page.bulk if one.key == posted.get("action")), None)
    if action is None:
        return HttpResponse(status=400)
    if not page.current.actor.may(action.scope):
        raise refused(action.scope)
    everything = posted.get("all") == "1"
    chosen = query if everything else query.only(read_ids(posted))
    count = page.source(page.current, chosen).total() if everything or chosen.ids else 0
    if count == 0:
        messages.warning(page.request, _("Nothing was chosen. Tick some rows first."))
        return _back(page)
    reason = posted.get("reason", "").replace("\x00", "").strip()[:200]
    options = action.choices(page.current, chosen) if action.choices else None
    is_chosen = options is None or reason in {value for value, _title in options}
    if not is_chosen or not is_confirmed_as_shown(page.request, count):
        return _ask(page, action, chosen, count, options)
    done = action.run(page.current, chosen, now, reason)
    return _tell(page, done)


def _ask(
    page: ListPage,
    action: BulkAction,
    chosen: ListQuery,
    count: int,
    options: Sequence[tuple[str, str]] | None,
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
        "back": page.request.get_full_path(),
    }
    is_part = page.request.headers.get("HX-Request") == "true"
    return render(page.request, "web/lists/ask_part.html" if is_part else "web/lists/ask.html", context)


def _tell(page: ListPage, done: Done) -> HttpResponse:
    if done.undo:
        undoing.offer(
            page.request, done.text, done.undo.url, seconds=done.undo.seconds, fields=done.undo.fields
        )
    else:
        messages.add_message(page.request, _LEVELS[done.level], done.text)
    return _back(page)


def _back(page: ListPage) -> HttpResponse:
    where = page.request.get_full_path()
    if page.request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return HttpResponseRedirect(where)
