"""The first step: a file is dropped or chosen, or rows are pasted. Beside it the drafts that were left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns import incoming
from qafila.campaigns.actions import draft_adding, drafts
from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import drafts as reads
from qafila.web.pages.new_contract.finding import current_of, first_step, page
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in
from qafila.web.shell.saying import said

_PIECE: Final = 256 * 1024
MOST_PASTED: Final = 5_000_000
"""Characters; more is a file."""


@signed_in("contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Takes the file or the pasted rows, and goes on to the columns."""
    return take(request, None)


def take(request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
    """The page of the first step and what is posted to it.

    :param campaign: the contract that the rows are for; None: they become a new one.
    """
    if request.method != "POST":
        return _show(request, campaign)
    try:
        public_id = _take(request, campaign)
    except Refused as refusal:
        return _show(request, campaign, fault=said(refusal))
    target = reverse("new_contract:map", args=[public_id])
    if request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(status=201, headers={"Location": target})
    return redirect(target)


@signed_in("contracts:write")
@require_POST
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Takes a draft away."""
    current = current_of(request)
    found = reads.draft(current.business.pk, public_id)
    back = first_step(found.adds_to if found else None)
    try:
        drafts.delete_draft(
            business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
        )
    except Refused as refusal:
        return refuse(request, refusal, "new_contract:choose")
    messages.success(request, _("The draft is deleted."))
    return redirect(back)


def _take(request: HttpRequest, campaign: Campaign | None) -> str:
    current, now = current_of(request), timezone.now()
    upload = request.FILES.get("file")
    pasted = request.POST.get("pasted", "")
    if isinstance(upload, UploadedFile):
        stored = incoming.store(_pieces(upload))
        name, size = upload.name or "", upload.size or 0
    elif pasted.strip():
        if len(pasted) > MOST_PASTED:
            raise Refused(
                "file_too_large", "This is too much to paste.", limit=f"{MOST_PASTED // 1_000_000} MB"
            )
        raw = pasted.encode("utf-8", "replace")
        stored = incoming.store(iter([raw]))
        name, size = "", len(raw)
    else:
        raise Refused("file_empty", "Choose a file, or paste rows.")
    given: dict[str, Any] = {"file": stored, "file_name": name, "file_size": size}
    given |= {"business": current.business, "actor": current.actor, "now": now}
    try:
        if campaign is None:
            draft = drafts.create_draft(**given)
        else:
            draft = draft_adding.create_draft_for(contract_id=campaign.public_id, **given)
    except Refused:
        incoming.forget(stored.name)
        raise
    return draft.public_id


def _pieces(upload: UploadedFile) -> Iterator[bytes]:
    yield from upload.chunks(_PIECE)


def _show(request: HttpRequest, campaign: Campaign | None, *, fault: str = "") -> HttpResponse:
    current = current_of(request)
    left = reads.drafts(current.business.pk, adds_to=campaign)
    context = page("file", None, fault=fault, drafts=left, adds_to=campaign)
    if fault and request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(fault, status=422, content_type="text/plain; charset=utf-8")
    return render(request, "web/new_contract/choose.html", context, status=422 if fault else 200)
