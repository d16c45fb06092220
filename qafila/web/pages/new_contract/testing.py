"""A test before the start: the message of one recipient, to numbers of one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns.actions import draft_start
from qafila.web.pages.new_contract.finding import draft_of
from qafila.web.pages.new_contract.sending import recipient
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in


@signed_in("contracts:write")
@require_POST
def test(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sends the message that is shown to the chosen numbers."""
    current, draft = draft_of(request, public_id)
    back = reverse("new_contract:send", args=[public_id])
    numbers = request.POST.getlist("number")[: draft_start.MOST_TEST_NUMBERS]
    if not draft.check_result.get("good"):
        return redirect(back)
    try:
        sent = draft_start.test_send(
            business=current.business,
            public_id=public_id,
            recipient=recipient(draft, request.POST.get("who", "1")),
            numbers=numbers,
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    count = sent.total_count
    text = ngettext(
        "The test is on its way to %(n)s number.", "The test is on its way to %(n)s numbers.", count
    )
    messages.success(request, text % {"n": count})
    return redirect(back)


@signed_in("contracts:write")
@require_POST
def save_number(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps a number for tests."""
    current, _draft = draft_of(request, public_id)
    back = reverse("new_contract:send", args=[public_id]) + "#test"
    try:
        draft_start.save_test_number(
            business=current.business,
            phone=request.POST.get("phone", ""),
            name=request.POST.get("name", ""),
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    messages.success(request, _("The number is saved."))
    return redirect(back)


@signed_in("contracts:write")
@require_POST
def remove_number(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forgets a number for tests."""
    current, _draft = draft_of(request, public_id)
    draft_start.remove_test_number(
        business=current.business,
        phone=request.POST.get("phone", ""),
        actor=current.actor,
        now=timezone.now(),
    )
    return redirect(reverse("new_contract:send", args=[public_id]) + "#test")
