"""One search box for everything: contracts by name or id, messages by phone number, senders by name or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qafila.campaigns.queries import contract_rows
from qafila.contacts import queries as contacts
from qafila.kit.ids import is_public_id
from qafila.kit.phones import Phone, display, normalise
from qafila.senders.queries import for_business
from qafila.web.lists.filters import clean
from qafila.web.shell.doors import MEMBER, Current, signed_in

MOST_EACH: Final = 8
_FEWEST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found.

    :ivar kind: what it is, in words.
    :ivar ltr: the title is a number, which stands left to right on every page.
    """

    kind: str
    title: str
    url: str
    icon: str
    ltr: bool = False


@require_safe
@signed_in(MEMBER)
def search(request: HttpRequest) -> HttpResponse:
    """``GET /search?q=``: a page; JSON for the palette."""
    current: Current = request.current  # type: ignore[attr-defined]
    wanted = clean(request.GET.get("q", ""))
    found = list(_found(current, wanted)) if wanted else []
    if "application/json" in request.headers.get("Accept", ""):
        answer = JsonResponse({"found": [asdict(one) for one in found]})
    else:
        answer = render(request, "web/shell/search.html", {"wanted": wanted, "found": found})  # type: ignore[assignment]
    answer["Vary"] = "Accept, Cookie, Accept-Language"
    answer["Cache-Control"] = "no-store"
    return answer


def _found(current: Current, wanted: str) -> Iterator[Found]:
    if current.actor.may("contracts:read"):
        yield from _contracts(current, wanted)
    digits = "".join(character for character in wanted if character.isdecimal())
    if len(digits) >= _FEWEST_DIGITS and current.actor.may("messages:read"):
        yield from _people(current, wanted)
    if current.actor.may("accounts:read"):
        yield from _senders(current, wanted, digits if len(digits) >= _FEWEST_DIGITS else "")


def _contracts(current: Current, wanted: str) -> Iterator[Found]:
    rows = contract_rows(current.business.pk)
    rows = (
        rows.filter(public_id=wanted)
        if is_public_id(wanted, "contract")
        else rows.filter(name__icontains=wanted)
    )
    for row in rows.order_by("-created_at", "-pk")[:MOST_EACH]:
        yield Found(_("Contract"), row.name, f"/campaigns/{row.public_id}", "speakerphone")


def _people(current: Current, wanted: str) -> Iterator[Found]:
    """The messages of the person with that number, if there is one."""
    read = normalise(wanted, current.business.default_country or None)
    digits = (
        read.digits
        if isinstance(read, Phone)
        else "".join(c for c in wanted if c.isascii() and c.isdecimal())
    )
    if digits and contacts.with_phone(current.business.pk, digits):
        address = f"/messages/?{urlencode({'q': f'+{digits}'})}"
        yield Found(_("Messages"), display(f"+{digits}"), address, "messages", ltr=True)


def _senders(current: Current, wanted: str, digits: str) -> Iterator[Found]:
    fits = Q(name__icontains=wanted)
    if digits:
        fits |= Q(phone__contains=digits)
    for sender in for_business(current.business.pk).filter(fits).order_by("name", "pk")[:MOST_EACH]:
        yield Found(
            _("Sender"), sender.name or display(sender.phone), f"/senders/{sender.public_id}", "device-mobile"
        )
