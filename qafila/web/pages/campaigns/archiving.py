"""The archive: putting one contract away, or many, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns import actions
from qafila.events.live import notify_now
from qafila.web.lists.columns import BulkAction
from qafila.web.pages.campaigns.acting import contract_of
from qafila.web.shell import undoing
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in
from qafila.web.shell.views import safe_next

TAB: Final = "archived"
"""The value of the list's filter ``status`` that shows the archive."""
TITLE: Final = pgettext_lazy("where contracts are put away", "Archive")
_IN_IT: Final = frozenset({"copy", "unarchive", "delete"})
"""Bulk actions that have an effect on what is over and put away."""


def offered(bulk: Sequence[BulkAction], tab: Any) -> list[BulkAction]:
    """Those of a list's bulk actions that fit where it stands: the archive, or any other tab."""
    if tab == TAB:
        return [one for one in bulk if one.key in _IN_IT]
    return [one for one in bulk if one.key != "unarchive"]


@signed_in("contracts:write")
@require_POST
def archive(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Puts it away; back to the list from which that was asked, or to its page."""
    current, _found = contract_of(request, public_id)
    back = safe_next(request, reverse("campaigns:detail", args=[public_id]), name="back")
    try:
        actions.archive_contract(
            business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
        )
    except Refused as refusal:
        return refuse(request, refusal, back)
    _look_again(current.business.pk, public_id)
    undo = reverse("campaigns:unarchive", args=[public_id])
    undoing.offer(request, _("The contract is in the archive."), undo, fields={"back": back})
    return redirect(back)


@signed_in("contracts:write")
@require_POST
def unarchive(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Puts it back."""
    current, _found = contract_of(request, public_id)
    back = safe_next(request, reverse("campaigns:detail", args=[public_id]), name="back")
    actions.unarchive_contract(
        business=current.business, public_id=public_id, actor=current.actor, now=timezone.now()
    )
    undoing.forget(request)
    _look_again(current.business.pk, public_id)
    messages.success(request, _("The contract stands in the list again."))
    return redirect(back)


def _look_again(business_id: int, public_id: str) -> None:
    for topic in ("dashboard", f"batch:{public_id}"):
        notify_now(business_id, topic)
