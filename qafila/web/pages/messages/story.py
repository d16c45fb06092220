"""One message from its row in a file to its read receipt: each attempt, why it waits, why it was not sent, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qafila.businesses.refusals import Refused
from qafila.campaigns.actions import Verb, change_messages
from qafila.campaigns.rules.templates import Shown, form_of, shown
from qafila.dispatch import queries as dispatch
from qafila.dispatch.rules.worth_retrying import is_worth_retrying
from qafila.ledger import attempt_ids
from qafila.ledger import queries as ledger
from qafila.ledger.finding import Wanted
from qafila.ledger.models import Attempt, Batch, Installation
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import State, Target
from qafila.senders import package_queries as packages
from qafila.senders import queries as senders
from qafila.senders.models import Sender
from qafila.senders.template_queries import template_named
from qafila.web.pages.messages.bulk import tell_pages, told
from qafila.web.pages.messages.source import Line, lines
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.ui import figures
from qafila.wording import Wording, say


@dataclass(frozen=True, slots=True)
class Try:
    """One call to the provider, in words.

    :ivar outcome: what it came to; None while nobody knows.
    :ivar said: sentence, cause and step of a failure.
    :ivar request_id: what we called it towards the provider.
    """

    attempt: Attempt
    outcome: str
    tone: str
    said: Wording | None
    sender: Sender | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, for the timeline."""

    at: datetime
    text: str
    icon: str


@signed_in("messages:read")
@require_safe
def story(request: HttpRequest, message_id: int) -> HttpResponse:
    """The page."""
    return render(request, "web/messages/story.html", _context(request, message_id))


@signed_in("messages:read")
@require_safe
def part(request: HttpRequest, message_id: int) -> HttpResponse:
    """What of it changes while one looks."""
    return render(request, "web/messages/story_part.html", _context(request, message_id))


@signed_in("contracts:write")
@require_POST
def change(request: HttpRequest, message_id: int) -> HttpResponseBase:
    """Cancels, retries or settles this one message."""
    current: Current = request.current  # type: ignore[attr-defined]
    back = reverse("messages:story", args=[message_id])
    try:
        verb = Verb(request.POST.get("verb", ""))
    except ValueError:
        return HttpResponse(status=400)
    row = ledger.message(current.business.pk, message_id)
    if row is None:
        raise Http404
    try:
        count = change_messages(
            wanted=Wanted(current.business.pk),
            verb=verb,
            only=[message_id],
            to=senders.by_public_id(current.business.pk, request.POST.get("to", ""))
            if verb is Verb.MOVE
            else None,
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    if count:
        tell_pages(current.business.pk, row.batch_id)
    (messages.success if count else messages.warning)(request, told(verb, count))
    return redirect(back)


def _context(request: HttpRequest, message_id: int) -> dict[str, Any]:
    current: Current = request.current  # type: ignore[attr-defined]
    now, language = timezone.now(), get_language() or "en"
    row = ledger.message(current.business.pk, message_id)
    if row is None:
        raise Http404
    line = lines(current.business.pk, [row])[0]
    batch = Batch.objects.get(pk=row.batch_id)
    waits = dispatch.why_not_yet(row, now=now)
    is_uncertain = row.state is State.UNCERTAIN
    return {
        "line": line,
        "message": row,
        "topic": f"batch:{line.campaign.public_id}" if line.campaign else "queue",
        "template": batch.content if batch.content.get("kind") == "template" else None,
        "look": _look(line, batch),
        "moments": _moments(row),
        "tries": _tries(row),
        "waits": waits,
        "waits_said": say(waits.code, language) if waits else None,
        "reason_said": say(row.reason, language) if row.reason and row.state is not State.QUEUED else None,
        "is_uncertain": is_uncertain,
        "probably_not_sent": is_uncertain and bool(ledger.probably_not_sent([row.id], now=now)),
        "may_change": current.actor.may("contracts:write"),
        "may_retry": row.state is State.FAILED and is_worth_retrying(row.reason or ""),
        "may_cancel": row.state is State.QUEUED,
        "movers": _movers(line, current),
        "may_put_first": row.state is State.QUEUED
        and batch.target_kind == Target.SENDER
        and not row.sender_id,
        "resend_fields": {"verb": Verb.SETTLE_RESEND.value},
    }


def _movers(line: Line, current: Current) -> list[tuple[str, str]]:
    """The other numbers of the package that shares the message while it is queued."""
    package_id = line.campaign.package_id if line.campaign else None
    if package_id is None or line.message.state is not State.QUEUED:
        return []
    found = packages.numbers_in_packages(current.business.pk, package_id=package_id)
    return [
        (str(one.public_id), figures.plain_number(one.name, one.phone))
        for one in found.exclude(pk=line.message.sender_id)
    ]


def _look(line: Line, batch: Batch) -> Shown:
    """The message as the phone shows it; of a template that is not known here only its own words."""
    row, content = line.message, batch.content
    sender = line.sender
    if content.get("kind") == "template" and sender is not None and sender.provider_account_id is not None:
        known = template_named(
            account_id=sender.provider_account_id, name=content["name"], language=content["language"]
        )
        if known is not None:
            params = row.params if row.params is not None else [row.body]
            return shown(form_of(known.components, known.parameter_format), params)
    return Shown(line.text)


def _moments(row: MessageRow) -> list[Moment]:
    found = [
        Moment(
            row.created_at,
            pgettext("what happened to a message", "Received")
            if row.state is State.RECEIVED
            else _("Put into the books"),
            "file",
        )
    ]
    if row.state is State.RECEIVED:
        return found
    ended = {
        State.FAILED: pgettext("what happened to a message", "Failed"),
        State.SKIPPED: pgettext("what happened to a message", "Skipped"),
        State.CANCELLED: pgettext("what happened to a message", "Cancelled"),
    }
    for at, text, icon in (
        (row.claimed_at, _("Handed to the provider"), "send"),
        (row.uncertain_at, _("Nobody knows what became of it"), "help-circle"),
        (row.sent_at, _("Accepted by WhatsApp"), "check"),
        (row.delivered_at, _("Delivered to the phone"), "checks"),
        (row.read_at, pgettext("what happened to a message", "Read"), "eye"),
        (
            row.failed_at,
            ended.get(row.state, pgettext("what happened to a message", "Failed")),
            "alert-circle",
        ),
    ):
        if at is not None:
            found.append(Moment(at, text, icon))
    return sorted(found, key=lambda moment: moment.at)


def _tries(row: MessageRow) -> list[Try]:
    attempts = ledger.attempts(row.id)
    numbers = Sender.objects.select_related("provider_account").in_bulk(
        {attempt.sender_id for attempt in attempts}
    )
    key = Installation.objects.values_list("key", flat=True).get(pk=1)
    return [_try(attempt, numbers.get(attempt.sender_id), key) for attempt in attempts]


_OUTCOMES = {
    "accepted": "good",
    "gate": "calm",
    "not_begun": "calm",
}


def _try(attempt: Attempt, sender: Sender | None, key: str) -> Try:
    language = get_language() or "en"
    outcome, said = attempt.outcome, None
    words = {
        "accepted": _("Accepted"),
        "gate": _("Held back before the call"),
        "not_begun": _("Never begun: the worker was lost first"),
        "temporary": _("Did not work this time"),
        "throttled": _("Too fast for the provider"),
        "recipient": _("This person cannot be reached"),
        "content": _("The provider refused the text"),
        "resting": _("The number has to rest"),
        "sender": _("The number cannot send"),
        "account": _("The provider account cannot send"),
        "unknown": _("No clear answer"),
    }
    if attempt.code:
        kind = sender.provider_account.kind if sender and sender.provider_account else "provider"
        code = attempt.code if outcome == "gate" or "." in attempt.code else f"{kind}.{attempt.code}"
        said = say(code, language)
    return Try(
        attempt,
        words.get(outcome or "", _("No answer known yet")),
        _OUTCOMES.get(
            outcome or "", "warn" if outcome in (None, "unknown", "throttled", "temporary") else "bad"
        ),
        said,
        sender,
        attempt_ids.make(key, attempt.message_id, attempt.number),
    )
