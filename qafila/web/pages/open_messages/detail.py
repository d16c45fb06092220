"""One open message: what it says, how far it is, why it is held or waits, and what became of each recipient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qafila.businesses.history import names_of
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries.open_messages import OpenMessage, recipients_of
from qafila.campaigns.rules.open_status import OpenStatus
from qafila.ledger import finding
from qafila.ledger.finding import Wanted
from qafila.ledger.queries import Counts
from qafila.ledger.states import State
from qafila.web.pages.campaigns.holding import hold_says
from qafila.web.pages.messages.source import lines
from qafila.web.pages.open_messages.finding import open_message_of
from qafila.web.shell.doors import Current, signed_in
from qafila.web.ui import figures
from qafila.wording import Wording, say

ON_A_PAGE = 50
_ALWAYS = (State.QUEUED, State.SENT, State.DELIVERED, State.READ, State.FAILED)
"""States whose figure is shown at nought, too."""
_STATES = (
    State.QUEUED,
    State.SENDING,
    State.SENT,
    State.DELIVERED,
    State.READ,
    State.FAILED,
    State.UNCERTAIN,
    State.SKIPPED,
    State.CANCELLED,
)
_GOING = (OpenStatus.QUEUED, OpenStatus.SENDING, OpenStatus.HELD)


@dataclass(frozen=True, slots=True)
class Figure:
    """How many recipients stand in a state, and the list of exactly these messages."""

    state: State
    count: int
    url: str


@signed_in("messages:read", write="messages:write")
@never_cache
@require_safe
def detail(request: HttpRequest, open_id: str) -> HttpResponseBase:
    """The page."""
    current, found = open_message_of(request, open_id)
    campaign = found.campaign
    first = recipients_of(campaign, limit=1)
    context = _live(request, current, found) | {
        "text": first[0].body if first else "",
        "creator": names_of(current.business.pk, {campaign.created_by}).get(campaign.created_by, ""),
        "target_url": _target_url(campaign) if current.actor.may("accounts:read") else "",
        "cancel_text": _cancel_text(found.counts.queued),
        "cancel_shown": {"expected": found.counts.queued},
    }
    return render(request, "web/open_messages/detail.html", context)


@signed_in("messages:read")
@never_cache
@require_safe
def part(request: HttpRequest, open_id: str) -> HttpResponseBase:
    """What of it changes while it runs."""
    current, found = open_message_of(request, open_id)
    return render(request, "web/open_messages/part.html", _live(request, current, found))


def _live(request: HttpRequest, current: Current, found: OpenMessage) -> dict[str, Any]:
    campaign, c = found.campaign, found.counts
    hold = campaign.batch.hold_code if found.status is OpenStatus.HELD else ""
    language = get_language() or "en"
    page = Paginator(range(c.total), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = finding.rows(
        Wanted(current.business.pk, batch_id=campaign.batch_id),
        offset=(page.number - 1) * ON_A_PAGE,
        limit=ON_A_PAGE,
        oldest_first=True,
    )
    url = reverse("open_messages:detail", args=[campaign.public_id])
    return {
        "campaign": campaign,
        "counts": c,
        "topic": f"batch:{campaign.public_id}",
        "look": _look(found),
        "hold": hold_says(campaign, hold, language) if hold else None,
        "waits": _why(found, language),
        "waits_until": found.waits.not_before if found.waits else None,
        "done": c.total - c.queued - c.sending - c.uncertain,
        "figures": _figures(campaign, c),
        "all_url": _list_url(campaign),
        "lines": lines(current.business.pk, rows),
        "page": page,
        "list_url": url,
        "may_write": current.actor.may("messages:write"),
        "may_resume": found.status is OpenStatus.HELD,
        "may_cancel": found.status in _GOING,
    }


def _look(found: OpenMessage) -> str:
    """The word of the state that its chip shows (``ui.states``)."""
    if found.status is OpenStatus.HELD:
        return "held" if found.campaign.batch.hold_code else "paused"
    return "contract_failed" if found.status is OpenStatus.FAILED else found.status.value


def _why(found: OpenMessage, language: str) -> Wording | None:
    """Why the next one has not gone out, where nobody holds it."""
    if found.waits is None or found.status not in (OpenStatus.QUEUED, OpenStatus.SENDING):
        return None
    campaign = found.campaign
    reason = (campaign.sender.state_reason if campaign.sender else "") or None
    return say(found.waits.code, language, sender=campaign.target.name, reason=reason)


def _figures(campaign: Campaign, counts: Counts) -> list[Figure]:
    found = [(state, int(getattr(counts, state.word))) for state in _STATES]
    return [
        Figure(state, count, _list_url(campaign, state))
        for state, count in found
        if count or state in _ALWAYS
    ]


def _list_url(campaign: Campaign, state: State | None = None) -> str:
    parameters = {"campaign": campaign.public_id, **({"state": state.word} if state is not None else {})}
    return f"{reverse('messages:list')}?{urlencode(parameters)}"


def _target_url(campaign: Campaign) -> str:
    """The page of what it goes out over; "" for a package that was deleted since."""
    if campaign.package is None:
        return reverse("senders:detail", args=[campaign.target.public_id])
    gone = campaign.package.deleted_at is not None
    return "" if gone else reverse("packages:detail", args=[campaign.package.public_id])


def _cancel_text(waiting: int) -> str:
    return ngettext(
        "%(n)s message that waits is not sent any more. What was sent stays in the books.",
        "%(n)s messages that wait are not sent any more. What was sent stays in the books.",
        waiting,
    ) % {"n": figures.grouped(waiting)}
