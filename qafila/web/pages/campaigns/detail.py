"""One contract: how far it is, when it will be done, what failed and why, what waits and why, who did what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qafila.businesses.history import Step, history_of, names_of
from qafila.businesses.models import Business
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import Contract
from qafila.campaigns.rules.statuses import IMPORTING, Status
from qafila.dispatch.finishing import Estimate, finish_estimates
from qafila.dispatch.queries import living_workers
from qafila.dispatch.waiting import Waiting, waiting
from qafila.ledger import samples
from qafila.ledger.states import State
from qafila.senders.saying import steps_say
from qafila.web.pages.campaigns import deciding, groups, more_rows, planning, sharing, words
from qafila.web.pages.campaigns.acting import contract_of
from qafila.web.pages.campaigns.holding import hold_says
from qafila.web.shell.doors import signed_in
from qafila.web.ui import charting
from qafila.wording import Wording, say

_LONGEST_WAIT_LOOK = timedelta(seconds=20)
"""So long what waits is not looked for again: it reads the queue of the contract."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history."""

    at: datetime
    text: str
    who: str
    icon: str


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """What waits, in words."""

    waiting: Waiting
    said: Wording


@signed_in("contracts:read")
@require_safe
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page."""
    current, found = contract_of(request, public_id)
    campaign = found.campaign
    context = _context(current.business, found)
    retryable: int = context["retryable"]
    creator = names_of(current.business.pk, {campaign.created_by})
    may_look = current.actor.may("accounts:read")
    context |= {
        "may_look": may_look,
        "target_url": _target_url(campaign) if may_look else "",
        "routing": steps_say(campaign.routing, get_language() or "en"),
        "events": _events(current.business, found),
        "creator": creator.get(campaign.created_by, ""),
        "may_change": current.actor.may("contracts:write"),
        "questions": deciding.questions(found, retryable, context["hideable"]),
        "asked": urlencode(_shown(found, context)),
        "may_give": words.may_give(found) and current.actor.may("admin"),
    }
    return render(request, "web/campaigns/detail.html", context)


@signed_in("contracts:read")
@require_safe
def part(request: HttpRequest, public_id: str) -> HttpResponse:
    """What of it changes while it runs. 204 where it is gone meanwhile: an undo takes it away under the page that still looks."""
    try:
        current, found = contract_of(request, public_id)
    except Http404:
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204)
        raise
    context = _context(current.business, found)
    context["may_change"] = current.actor.may("contracts:write")
    context["asked"] = request.GET.urlencode()
    context |= _unlike_the_dialogs(request, found, context)
    # What happened meanwhile: the history stands beside the part on the open page.
    context |= {"events": _events(current.business, found), "is_beside": True}
    return render(request, "web/campaigns/detail_part.html", context)


def _shown(found: Contract, context: dict[str, Any]) -> dict[str, int]:
    """The numbers of the dialogs."""
    return {
        "uncertain": found.counts.uncertain,
        **{name: context[name] for name in ("retryable", "hideable")},
    }


def _unlike_the_dialogs(request: HttpRequest, found: Contract, context: dict[str, Any]) -> dict[str, str]:
    """The dialogs of a page stay as they were drawn, so that an open one is not lost; their numbers come with the request.
    Where the number is another one by now, the button leads to the page anew, which opens the dialog with that number."""
    url = reverse("campaigns:detail", args=[found.campaign.public_id])
    return {
        f"ask_{name}": f"{url}?{name}={count}"
        for name, count in _shown(found, context).items()
        if request.GET.get(name) != str(count)
    }


@signed_in("contracts:read")
@require_safe
def waiting_part(request: HttpRequest, public_id: str) -> HttpResponse:
    """What waits and why; it reads more than a page may, so it is asked for by itself and kept for some seconds. Without a
    script it is a page of its own."""
    _current, found = contract_of(request, public_id)
    key = f"contract-waits:{found.campaign.batch_id}:{found.campaign.batch.state}"
    kept = cache.get(key)
    if kept is None:
        lines = waiting(found.campaign.batch, now=timezone.now())
        # That nothing is queued is known at once, and soon over where a contract has just begun.
        if found.counts.queued:
            cache.set(key, [_kept(one) for one in lines], timeout=_LONGEST_WAIT_LOOK.total_seconds())
    else:
        lines = [_from_kept(one) for one in kept]
    language = get_language() or "en"
    campaign = found.campaign
    if campaign.begins_at is not None:  # nobody has to start it
        lines = [one for one in lines if one.code != "not_started"]
    why = (campaign.sender.state_reason if campaign.sender else "") or None
    shown = [
        WaitingLine(one, say(one.code, language, sender=campaign.target.name, reason=why)) for one in lines
    ]
    is_part = request.headers.get("HX-Request") == "true"
    template = "web/campaigns/waiting.html" if is_part else "web/campaigns/waiting_page.html"
    response = render(request, template, {"lines": shown, "contract": found, "campaign": campaign})
    patch_vary_headers(response, ["HX-Request"])
    return response


@signed_in("contracts:read")
@require_safe
def course(request: HttpRequest, public_id: str) -> HttpResponse:
    """The chart: how it came along, and how it goes on if the pace allows what is planned. Times in POSIX seconds. Or the
    same as a page."""
    current, found = contract_of(request, public_id)
    batch, now = found.campaign.batch, timezone.now()
    real = [(mark.at.timestamp(), mark.sent) for mark in samples.course(current.business.pk, batch.pk)]
    if batch.started_at is not None:
        real.insert(0, (batch.started_at.timestamp(), 0))
        real.append(((batch.finished_at or now).timestamp(), found.counts.success))
    plan = []
    estimate = _estimate(found, now)
    if estimate is not None and estimate.finish_at is not None and found.status is Status.IN_PROGRESS:
        plan = [
            (now.timestamp(), found.counts.success),
            (estimate.finish_at.timestamp(), found.counts.success + found.counts.queued),
        ]
    ordered = sorted(dict(real).items())
    if charting.are_wanted(request):
        return charting.shown(request, _as_table(found.campaign, dict(real), dict(plan)))
    return JsonResponse({"real": ordered, "plan": plan})


def _as_table(campaign: Campaign, real: dict[float, int], plan: dict[float, int]) -> charting.Figures:
    """The chart's figures. :param real: and ``plan``: POSIX seconds to messages sent by then."""
    rows = [
        (datetime.fromtimestamp(at, UTC), (real.get(at), plan.get(at)))
        for at in sorted({*real, *plan}, reverse=True)
    ]
    back = (reverse("campaigns:detail", args=[campaign.public_id]), campaign.name)
    names = [pgettext("how many messages", "Sent"), _("Plan")]
    return charting.Figures(_("Planned and real pace"), back, names, rows)


def _target_url(campaign: Campaign) -> str:
    """The page of what it goes out over; "" for a package that was deleted since."""
    if campaign.package is None:
        return reverse("senders:detail", args=[campaign.target.public_id])
    gone = campaign.package.deleted_at is not None
    return "" if gone else reverse("packages:detail", args=[campaign.package.public_id])


def _kept(one: Waiting) -> list[Any]:
    """As JSON."""
    return [one.code, one.count, one.not_before.isoformat() if one.not_before else None, one.is_skip]


def _from_kept(kept: list[Any]) -> Waiting:
    code, count, moment, is_skip = kept
    return Waiting(code, count, datetime.fromisoformat(moment) if moment else None, is_skip)


def _context(business: Business, found: Contract) -> dict[str, Any]:
    now = timezone.now()
    by_reason = groups.ended(business.pk, found)
    failed = groups.of_state(by_reason, State.FAILED)
    running = found.status is Status.IN_PROGRESS
    batch = found.campaign.batch
    rate = None
    if running:
        rate = samples.rates(business.pk, {batch.pk: (found.counts.success, batch.started_at)}, now=now).get(
            batch.pk
        )
    c = found.counts
    hideable = deciding.hideable(found)
    # The next step, beginning or reading its rows, is a background job's.
    begins = found.campaign.begins_at
    is_due = begins is not None and begins <= now
    more = more_rows.facts(found, now=now)
    in_background = found.beginning is not None or is_due or found.campaign.import_state in IMPORTING
    in_background = in_background or more["addition"] is not None
    return {
        "contract": found,
        "campaign": found.campaign,
        "batch": batch,
        "topic": f"batch:{found.campaign.public_id}",
        "look": words.look_of(found),
        "may_start": words.may_start(found),
        "may_pause": words.may_pause(found),
        "hold": hold_says(found.campaign, found.hold_reason, get_language() or "en")
        if found.hold_reason
        else None,
        "done": c.total - c.queued - c.sending - c.uncertain,
        "funnel": groups.funnel(found),
        "answers": groups.answers(found),
        "failed": failed,
        "retryable": sum(group.count for group in failed if group.may_retry),
        "skipped": groups.of_state(by_reason, State.SKIPPED),
        "hideable": hideable,
        "hidden": 0 if hideable else deciding.not_out(found),
        "cancelled_url": groups.list_url(found, State.CANCELLED),
        "uncertain_url": groups.list_url(found, State.UNCERTAIN),
        "all_url": groups.list_url(found),
        "sending_url": groups.list_url(found, State.SENDING),
        "queued_url": groups.list_url(found, State.QUEUED),
        "estimate": _estimate(found, now),
        "rate": rate,
        "now": now,
        "in_background": in_background,
        "is_stuck": in_background and not living_workers(now=now),
        "shares": sharing.lines(found),
        "share_columns": sharing.COLUMNS,
        **planning.facts(found, now=now),
        **more,
    }


def _estimate(found: Contract, now: datetime) -> Estimate | None:
    """When it will be done; for one that is not running: when it would be, if it were started now, or at its moment."""
    if found.status not in (Status.IN_PROGRESS, Status.PENDING, Status.PAUSED) or not found.counts.queued:
        return None
    begins = max(now, found.campaign.begins_at or now)
    return finish_estimates([found.campaign.batch_id], now=begins).get(found.campaign.batch_id)


def _events(business: Business, found: Contract) -> list[Event]:
    campaign = found.campaign
    events = [
        _event(step)
        for step in history_of(business.pk, "contract", campaign.public_id, since=campaign.created_at)
    ]
    if campaign.batch.finished_at is not None and found.status is Status.COMPLETED:
        events.append(
            Event(
                campaign.batch.finished_at,
                pgettext("what happened to a contract", "Finished"),
                "",
                "circle-check",
            )
        )
    return sorted(events, key=lambda event: event.at, reverse=True)


def _event(step: Step) -> Event:
    words_ = {
        "contract.created": (pgettext("what happened to a contract", "Created"), "plus"),
        "contract.imported": (_("All rows are in the books"), "file"),
        "contract.started": (pgettext("what happened to a contract", "Started"), "player-play"),
        "contract.paused": (pgettext("what happened to a contract", "Paused"), "player-pause"),
        "contract.deleted": (pgettext("what happened to a contract", "Deleted"), "trash"),
        "contract.archived": (_("Put into the archive"), "archive"),
        "contract.unarchived": (_("Taken out of the archive"), "arrow-back-up"),
        "contract.moved": (pgettext("what happened to a contract", "Given to others to send"), "users"),
        "contract.duplicate_confirmed": (_("Confirmed that it is no duplicate"), "check"),
        "contract.failed_retried": (_("Failed messages queued again"), "rotate"),
        "contract.rows_added": (_("Rows added"), "plus"),
        "contract.failed_cleared": (_("Failed messages hidden"), "x"),
    }
    text, icon = planning.history_says(step) or words_.get(step.action, (step.action, "history"))
    kinds = {
        "system": "Qafila",
        "command": _("the qafila command"),
        "legacy": _("an old client without a key"),
        "api_key": _("an API key"),
        "user": _("a person who has left"),
    }
    count = step.detail.get("rows" if step.action == "contract.rows_added" else "messages")
    return Event(
        step.at, f"{text} ({count})" if count else text, step.who or kinds.get(step.actor_kind, ""), icon
    )
