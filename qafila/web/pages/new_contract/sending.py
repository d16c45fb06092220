"""The last step: the real message as each phone shows it, who sends it, when it is done, what will not go and why. Then
the start, which can be taken back for some seconds."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses.refusals import Clash, Refused
from qafila.campaigns import checking
from qafila.campaigns.actions import draft_start
from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.rules import templates
from qafila.campaigns.ways import Way, way_of
from qafila.kit.rng import seeded
from qafila.kit.tables import TableError
from qafila.web.pages.new_contract import adding, going, scheduling
from qafila.web.pages.new_contract.finding import current_of, draft_of, obstacles, page
from qafila.web.shell import undoing
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in
from qafila.web.ui import figures
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed

log = logging.getLogger(__name__)

_READ_UP_TO: Final = 20_000
"""A recipient farther back is shown from the examples that the check kept: the file is read from its beginning."""


@signed_in("contracts:write")
@require_safe
def send(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything at a glance before the start."""
    current, draft = draft_of(request, public_id)
    now = timezone.now()
    way = way_of(draft, now=now)
    found = reads.blockers(draft, way)
    ready = bool(draft.check_result.get("good")) and reads.is_checked(draft, way)
    context = page("send", draft, obstacles=obstacles(draft, found), ready=ready)
    if draft.adds_to is not None:
        preview = _preview(draft, way, request.GET.get("who", "1")) if ready else None
        return adding.shown(request, draft, way, {**context, "preview": preview})
    if ready:
        count = reads.will_be_sent(draft, way)
        planned = scheduling.facts(request, draft, now=now)
        context |= {
            "preview": _preview(draft, way, request.GET.get("who", "1")),
            "count": count,
            "typed_above": TYPED_ABOVE,
            "must_type": count > TYPED_ABOVE,
            "result": draft.check_result,
            "waits": going.left_out(draft, way),
            "flattened": draft.check_result["flattened"] if reads.is_carried_by_template(draft, way) else 0,
            "test_numbers": reads.test_numbers(draft.business_id),
            "most_test_numbers": draft_start.MOST_TEST_NUMBERS,
            "twin": reads.twin_of(current.business.pk, draft_start.digest_of(draft, way), now),
            **planned,
            **going.facts(draft, way, count, now=planned["starts_at"] or now),
        }
    return render(request, "web/new_contract/send.html", context)


@signed_in("contracts:write")
@require_POST
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Starts it, or lets it begin at the moment that was chosen. For five seconds it can be taken back."""
    current, draft = draft_of(request, public_id)
    back, now = scheduling.panel(request, public_id), timezone.now()
    count = reads.will_be_sent(draft, way_of(draft, now=now))
    if not is_confirmed(request, count):
        messages.error(
            request, _("To confirm, type the number %(count)s.") % {"count": figures.grouped(count)}
        )
        return redirect(back)
    try:
        at = scheduling.asked(request, current)
        campaign = draft_start.start_draft(
            business=current.business,
            public_id=public_id,
            name=request.POST.get("title", ""),
            confirm=request.POST.get("confirm") == "1",
            begins_at=at,
            actor=current.actor,
            now=now,
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    text = _begins_words(at, count) % {
        "name": figures.isolated(campaign.name),
        "count": figures.grouped(count),
        "when": figures.isolated(figures.said(at)) if at else "",
    }
    undoing.offer(
        request, text, reverse("new_contract:undo", args=[public_id]), seconds=draft_start.UNDO_SECONDS
    )
    return redirect("campaigns:detail", campaign.public_id)


def _begins_words(at: datetime | None, count: int) -> str:
    if at is None:
        return ngettext(
            "“%(name)s” begins: %(count)s message.", "“%(name)s” begins: %(count)s messages.", count
        )
    return ngettext(
        "“%(name)s” begins at this moment: %(when)s. %(count)s message.",
        "“%(name)s” begins at this moment: %(when)s. %(count)s messages.",
        count,
    )


@signed_in("contracts:write")
@require_POST
def undo(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes the start back: the contract is a draft again."""
    current = current_of(request)
    undoing.forget(request)
    try:
        draft_start.undo_start(
            business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
        )
    except Clash as refusal:
        if reads.draft(current.business.pk, public_id) is not None:
            return redirect("new_contract:send", public_id)  # pressed twice: it is taken back already
        return refuse(request, refusal, "campaigns:list")
    except Refused as refusal:
        raise Http404 from refusal
    messages.success(request, _("Taken back. Nothing was sent."))
    return redirect("new_contract:send", public_id)


def recipient(draft: Draft, who: str) -> dict[str, Any]:
    """The preview that an address asks for: a place from 1, ``random``, ``longest`` or ``default``.

    :raises Http404: the file is gone or cannot be read any more.
    """
    result = draft.check_result
    anybody: list[dict[str, Any]] = result["anybody"]
    if who == "longest" and result["longest"]:
        longest: dict[str, Any] = result["longest"]
        return longest
    if who == "default" and result["defaulted_rows"]:
        first: dict[str, Any] = result["defaulted_rows"][0]
        return first
    if who == "random":
        return anybody[seeded(str(timezone.now())).randint(0, len(anybody) - 1)]
    place = min(max(1, int(who) if who.isdecimal() and len(who) < 9 else 1), int(result["good"]))
    known = {one["place"]: one for one in (*anybody, *result["defaulted_rows"])}
    if place in known:
        return known[place]
    if place > _READ_UP_TO:
        return min(anybody, key=lambda one: abs(int(one["place"]) - place))
    try:
        found = checking.recipient_at(draft, place)
    except (TableError, OSError) as refusal:
        log.warning("a draft's file cannot be read again", extra={"draft": draft.pk})
        raise Http404 from refusal
    return found or anybody[0]


def _preview(draft: Draft, way: Way, who: str) -> dict[str, Any]:
    shown = recipient(draft, who)
    good = int(draft.check_result["good"])
    place = int(shown["place"])
    template = reads.template_of(draft, way) if checking.is_templated(draft) else reads.carried_by(way)
    form = reads.template_form(template)
    look = templates.Shown(shown["body"])
    if form is not None:
        params = shown["params"] if shown["params"] is not None else [shown["body"]]
        look = templates.shown(form, params)
    return {
        **shown,
        "who": who,
        "look": look,
        "template": f"{template.name} ({template.language})" if template else "",
        "of": good,
        "previous": place - 1 if place > 1 else 0,
        "next": place + 1 if place < good else 0,
        "phone": f"+{shown['digits']}",
    }
