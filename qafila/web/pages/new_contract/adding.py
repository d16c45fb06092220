"""Rows for a contract that stands already: its file, and the last look before they are added."""

from __future__ import annotations

from typing import Any

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
from qafila.campaigns import queries
from qafila.campaigns.actions import draft_adding
from qafila.campaigns.actions.adding import check_takes_rows
from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.rules.statuses import Status
from qafila.campaigns.ways import Way, way_of
from qafila.web.pages.new_contract import choosing, going
from qafila.web.pages.new_contract.finding import current_of, draft_of
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in
from qafila.web.ui import figures
from qafila.web.ui.confirming import TYPED_ABOVE, is_confirmed


@signed_in("contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Takes the file or the pasted rows for a contract, as the first step of a new one; back to it where it takes none."""
    found = queries.contract(current_of(request).business.pk, public_id, now=timezone.now())
    if found is None:
        raise Http404(public_id)
    try:
        check_takes_rows(found.campaign, more=1, now=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, reverse("campaigns:detail", args=[public_id]))
    return choosing.take(request, found.campaign)


def shown(request: HttpRequest, draft: Draft, way: Way, context: dict[str, Any]) -> HttpResponse:
    """The last step.

    :param context: of every page of the wizard, ``ready``, and ``preview`` where it is.
    """
    if context["ready"]:
        count, result = reads.will_be_sent(draft, way), draft.check_result
        context |= {
            "count": count,
            "result": result,
            "standing": result["standing"],
            "repeated": result["repeated"] - result["standing"],
            "rows": result["total"],
            "what_then": _what_then(draft),
            "waits": going.left_out(draft, way),
            "flattened": result["flattened"] if reads.is_carried_by_template(draft, way) else 0,
            "typed_above": TYPED_ABOVE,
            "must_type": count > TYPED_ABOVE,
        }
    return render(request, "web/new_contract/add.html", context)


@signed_in("contracts:write")
@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Adds them."""
    current, draft = draft_of(request, public_id)
    back, now = reverse("new_contract:send", args=[public_id]), timezone.now()
    count = reads.will_be_sent(draft, way_of(draft, now=now)) if draft.adds_to else 0
    if not is_confirmed(request, count):
        messages.error(
            request, _("To confirm, type the number %(count)s.") % {"count": figures.grouped(count)}
        )
        return redirect(back)
    try:
        addition = draft_adding.add_draft(
            business=current.business, public_id=public_id, actor=current.actor, now=now
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    text = ngettext("%(n)s row is being added.", "%(n)s rows are being added.", addition.rows)
    messages.success(request, text % {"n": figures.grouped(addition.rows)})
    return redirect("campaigns:detail", addition.campaign.public_id)


def _what_then(draft: Draft) -> str:
    """What becomes of the rows, by how the contract stands now."""
    contract = draft.adds_to
    found = queries.contract(draft.business_id, contract.public_id, now=timezone.now()) if contract else None
    match found.status if found else None:
        case Status.IN_PROGRESS:
            return _("The contract is running: it goes on with these rows as they are read.")
        case Status.COMPLETED:
            return _("The contract is completed. With these rows it is running again at once.")
        case Status.PAUSED:
            return _("The contract is paused: these rows wait in it until it goes on.")
        case _other:
            return _("The contract has not begun: these rows wait in it until it starts.")
