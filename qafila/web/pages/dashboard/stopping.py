"""The red button: every number stops; and the green one that lets those go on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qafila.events.live import notify_now
from qafila.senders import actions
from qafila.web.shell.doors import Current, signed_in


@signed_in("contracts:write")
@require_POST
def pause_all(request: HttpRequest) -> HttpResponseBase:
    """Stops every number that may send."""
    current: Current = request.current  # type: ignore[attr-defined]
    reason = request.POST.get("reason", "").replace("\x00", "")
    count = actions.pause_all(
        business=current.business, reason=reason, actor=current.actor, now=timezone.now()
    )
    text = ngettext("%(n)s number was paused.", "%(n)s numbers were paused.", count) % {"n": count}
    _tell(request, current, text if count else _("No number was sending."), is_good=bool(count))
    return redirect("dashboard:home")


@signed_in("contracts:write")
@require_POST
def resume_all(request: HttpRequest) -> HttpResponseBase:
    """Lets those go on that the red button stopped."""
    current: Current = request.current  # type: ignore[attr-defined]
    count = actions.resume_all(business=current.business, actor=current.actor, now=timezone.now())
    text = ngettext("%(n)s number goes on.", "%(n)s numbers go on.", count) % {"n": count}
    _tell(request, current, text if count else _("Nothing was paused together."), is_good=bool(count))
    return redirect("dashboard:home")


def _tell(request: HttpRequest, current: Current, text: str, *, is_good: bool) -> None:
    (messages.success if is_good else messages.warning)(request, text)
    for topic in ("dashboard", "senders"):
        notify_now(current.business.pk, topic)
