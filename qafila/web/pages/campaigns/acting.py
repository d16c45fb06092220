"""Starting, pausing and deleting one contract, trying its failures again or hiding them, settling what is uncertain."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns import actions, queries
from qafila.campaigns.actions import Verb
from qafila.campaigns.queries import Contract
from qafila.events.live import notify_now
from qafila.ledger import finding
from qafila.ledger.finding import Wanted
from qafila.ledger.states import State
from qafila.web.models import Change
from qafila.web.pages.campaigns import deciding
from qafila.web.pages.campaigns.groups import failures
from qafila.web.pages.messages.bulk import told
from qafila.web.shell import undoing
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import Current, signed_in
from qafila.web.shell.saying import said_of
from qafila.web.ui import figures
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed_as_shown

DUPLICATE = "possible_duplicate"


def contract_of(request: HttpRequest, public_id: str) -> tuple[Current, Contract]:
    """The contract of an address.

    :raises Http404: not of this business, or deleted.
    """
    current: Current = request.current  # type: ignore[attr-defined]
    found = queries.contract(current.business.pk, public_id, now=timezone.now())
    if found is None:
        raise Http404
    return current, found


@signed_in("contracts:write")
@require_POST
def start(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Starts it, or lets it go on; what is held only from its own page, which says why (``held=1``). A possible
    duplicate asks first."""
    current, found = contract_of(request, public_id)
    back = reverse("campaigns:detail", args=[public_id])
    try:
        let_go = actions.resume_contract if request.POST.get("held") == "1" else actions.start_contract
        started = let_go(
            business=current.business,
            public_id=public_id,
            confirm=request.POST.get("confirm") == "1",
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        if refusal.code != DUPLICATE:
            return refuse(request, refusal, back)
        other = queries.contract(current.business.pk, str(refusal.params["other"]), now=timezone.now())
        return render(
            request, "web/campaigns/duplicate.html", {"contract": found, "other": other}, status=409
        )
    if started.hold:
        messages.warning(request, said_of(started.hold.code, **started.hold.params))
    elif started.changed:
        notify_now(current.business.pk, "dashboard")
        undoing.offer(request, _("The contract runs."), reverse("campaigns:pause", args=[public_id]))
    return redirect(back)


@signed_in("contracts:write")
@require_POST
def pause(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Pauses it."""
    current, _found = contract_of(request, public_id)
    actions.pause_contract(
        business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
    )
    undoing.forget(request)
    notify_now(current.business.pk, "dashboard")
    messages.success(request, _("The contract is paused. What was in the air still lands."))
    return redirect("campaigns:detail", public_id)


@signed_in("contracts:read", write="contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Asks with the real effect, then takes it away. What is queued grows fewer while one reads and types: only a number
    that grew, or was typed differently, is asked about once more."""
    try:
        current, found = contract_of(request, public_id)
    except Http404:
        mine = request.current.business.pk  # type: ignore[attr-defined]
        if not queries.was_deleted(mine, public_id, now=timezone.now()):
            raise
        messages.info(request, _("This contract was deleted."))  # the button was pressed twice, or Back
        return redirect("campaigns:list")
    count = found.counts.queued
    if request.method != "POST" or not is_confirmed_as_shown(request, count):
        again = request.method == "POST"
        context = {"contract": found, "count": count, "must_type": count > TYPED_ABOVE, "again": again}
        return render(request, "web/campaigns/delete.html", context)
    actions.delete_contract(
        business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
    )
    notify_now(current.business.pk, "dashboard")
    messages.success(request, _("The contract was deleted. What was sent stays in the books."))
    return redirect("campaigns:list")


@signed_in("contracts:write")
@require_POST
def retry(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Queues failed messages again: those of one reason, or all that may succeed."""
    current, found = contract_of(request, public_id)
    groups = failures(current.business.pk, found)
    wanted = request.POST.get("reason")
    chosen = [group for group in groups if (group.code == wanted if wanted is not None else group.may_retry)]
    count = sum(group.count for group in chosen)
    back = reverse("campaigns:detail", args=[public_id])
    if count and not is_confirmed_as_shown(request, count):
        return _another_number(request, back)
    try:
        done = deciding.retry(current, found, chosen, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, back)
    return _done(request, back, Verb.RETRY, done)


@signed_in("contracts:write")
@require_POST
def hide(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Takes what did not go out from the page and from the lists of the API; the figures and the books stay."""
    current, found = contract_of(request, public_id)
    count = deciding.hideable(found)
    back = reverse("campaigns:detail", args=[public_id])
    if count and not is_confirmed_as_shown(request, count):
        return _another_number(request, back)
    hidden = actions.clear_failed(
        business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
    )
    if not hidden:
        messages.warning(request, _("There was nothing to hide."))
        return redirect(back)
    text = ngettext(
        "%(n)s message is hidden. The figures stay as they are.",
        "%(n)s messages are hidden. The figures stay as they are.",
        hidden,
    )
    messages.success(request, text % {"n": figures.grouped(hidden)})
    return redirect(back)


@signed_in("contracts:write")
@require_POST
def settle(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A person's word on all that is uncertain in it."""
    current, found = contract_of(request, public_id)
    back = reverse("campaigns:detail", args=[public_id])
    try:
        verb = Verb(request.POST.get("verb", ""))
    except ValueError:
        return HttpResponse(status=400)
    if verb.state is not State.UNCERTAIN:
        return HttpResponse(status=400)
    wanted = Wanted(current.business.pk, (State.UNCERTAIN,), batch_id=found.campaign.batch_id)
    count = finding.total(wanted).count
    if count and not is_confirmed_as_shown(request, count):
        text = ngettext(
            "By now %(n)s message is uncertain. Look once more.",
            "By now %(n)s messages are uncertain. Look once more.",
            count,
        )
        messages.warning(request, text % {"n": figures.grouped(count)})
        return redirect(back)
    return _done(request, back, verb, deciding.settle(current, found, verb, count, now=timezone.now()))


def _another_number(request: HttpRequest, back: str) -> HttpResponseBase:
    messages.warning(
        request, _("The number is another one by now, or was typed differently. Look once more.")
    )
    return redirect(back)


def _done(request: HttpRequest, back: str, verb: Verb, done: int | Change) -> HttpResponseBase:
    """Says what was done to how many, or leads to the page that shows how far it is."""
    if isinstance(done, Change):
        return redirect("change", done.public_id)
    (messages.success if done else messages.warning)(request, told(verb, done))
    return redirect(back)
