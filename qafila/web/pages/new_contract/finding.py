"""The draft of an address, and where one is in the four steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qafila.campaigns.models import Campaign, Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.queries import was_deleted
from qafila.campaigns.rules.drafting import Blocker
from qafila.web.shell.doors import Current
from qafila.web.shell.saying import said_of


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four steps in the line above the page.

    :ivar state: ``done``, ``here`` or ``ahead``.
    :ivar url: "" where one cannot go yet.
    """

    number: int
    name: str
    state: str
    url: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way, said, with the link to where it is put right."""

    text: str
    url: str
    action: str


def current_of(request: HttpRequest) -> Current:
    """Who is at work; the door has seen to it that somebody is."""
    current: Current = request.current  # type: ignore[attr-defined]
    return current


def draft_of(request: HttpRequest, public_id: str) -> tuple[Current, Draft]:
    """The draft of an address.

    :raises Http404: not of this business, or it became a contract (:func:`following` leads there).
    """
    current = current_of(request)
    found = reads.draft(current.business.pk, public_id)
    if found is None:
        raise Http404(public_id)
    return current, found


def following(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view of a draft's address, for those too who press Back, or a button twice: they are led to what became of the
    draft, instead of to a page that says that there is none, after which one would make it once more."""

    @wraps(view)
    def passing(request: HttpRequest, public_id: str) -> HttpResponseBase:
        try:
            return view(request, public_id)
        except Http404:
            answer = _what_became(request, public_id)
            if answer is None:
                raise
            return answer

    return passing


def _what_became(request: HttpRequest, public_id: str) -> HttpResponse | None:
    """The way to the contract that a draft became, or to the other drafts where it was deleted; None: nothing is known."""
    business_id, now = current_of(request).business.pk, timezone.now()
    contract = reads.became(business_id, public_id, now=now)
    if contract:
        text, url = _("This draft has become a contract."), reverse("campaigns:detail", args=[contract])
    elif was_deleted(business_id, public_id, now=now):
        text, url = _("This draft was deleted."), reverse("new_contract:choose")
    else:
        return None
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"fault": text, "next": url}, status=409)
    if not contract:
        messages.info(request, text)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def steps(here: str, draft: Draft | None) -> list[Step]:
    """The line of steps."""
    adds = draft is not None and draft.adds_to is not None
    last = _("Look and add") if adds else _("Look and send")
    names = {"file": _("File"), "map": _("Columns and text"), "check": _("Check"), "send": last}
    order = list(names)
    at = order.index(here)
    urls = {"file": first_step(draft.adds_to if draft is not None else None)}
    if draft is not None:
        urls |= {step: reverse(f"new_contract:{step}", args=[draft.public_id]) for step in order[1:]}
    found = []
    for place, step in enumerate(order):
        state = "here" if place == at else "done" if place < at else "ahead"
        reachable = draft is not None and place <= max(
            at, order.index(draft.step if draft.step in order else "map")
        )
        found.append(
            Step(place + 1, names[step], state, urls.get(step, "") if reachable and state != "here" else "")
        )
    return found


def first_step(campaign: Campaign | None) -> str:
    """Where the file is chosen: for a contract that stands already, or for a new one."""
    if campaign is None:
        return reverse("new_contract:choose")
    return reverse("campaigns:add-rows", args=[campaign.public_id])


def obstacles(draft: Draft, found: list[Blocker]) -> list[Obstacle]:
    """Blockers as sentences with links."""
    places = {
        "map": (reverse("new_contract:map", args=[draft.public_id]), _("Change columns and text")),
        "check": (reverse("new_contract:check", args=[draft.public_id]), _("Look at the rows")),
        "senders": (
            reverse("new_contract:map", args=[draft.public_id]) + "#sender",
            _("Choose another number"),
        ),
        "templates": (
            reverse("new_contract:map", args=[draft.public_id]) + "#content",
            _("Choose another template"),
        ),
    }
    return [Obstacle(plainly(blocker.code, blocker.params), *places[blocker.step]) for blocker in found]


def plainly(code: str, params: Mapping[str, Any]) -> str:
    """The wording of a code without the marks that stand around literals on a command line."""
    return said_of(code, **params).replace("`", "")


def page(here: str, draft: Draft | None, **more: Any) -> dict[str, Any]:
    """What every page of the wizard shows."""
    first = first_step(draft.adds_to if draft is not None else None)
    adds_to = draft.adds_to if draft is not None else None
    return {
        "draft": draft,
        "adds_to": adds_to,
        "first_step": first,
        "steps": steps(here, draft),
        "here": here,
        **more,
    }
