"""The page that leads to the API's own documentation, with a call that works as it stands."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from qafila.businesses.queries import api_keys
from qafila.senders.models import SenderState
from qafila.senders.queries import for_business
from qafila.web.pages.docs import samples, tables
from qafila.web.shell.addresses import absolute
from qafila.web.shell.doors import Current, signed_in


@signed_in()
@require_safe
def docs(request: HttpRequest) -> HttpResponseBase:
    """Addresses of the documentation, calls that work as they stand, where a key comes from, refusals and limits."""
    current: Current = request.current  # type: ignore[attr-defined]
    sees_senders = current.actor.may("accounts:read")
    senders = for_business(current.business.pk) if sees_senders else None
    first = (
        (senders.filter(state=SenderState.READY).first() or senders.first()) if senders is not None else None
    )
    manages = current.actor.may("admin")
    base, account = absolute(request, "/").rstrip("/"), str(first.public_id) if first else "ACCOUNT_ID"
    context = {
        "make": samples.here(samples.MAKE, base=base, account=account),
        "start": samples.here(samples.START, base=base, account=account),
        "calls": samples.calls(base=base, account=account),
        "verifications": samples.VERIFICATIONS.items(),
        "refusals": tables.refusals(get_language() or "en"),
        "limits": tables.limits(),
        "people": tables.PEOPLE,
        "account_name": first.name if first else "",
        "manages_keys": manages,
        "has_keys": manages and bool(api_keys(current.business.pk)),
    }
    return render(request, "web/docs/docs.html", context)
