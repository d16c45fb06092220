"""What a job needs to do what somebody asked a page for: the person as they stand now, and the list of that address."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from qafila.businesses.actor import user_actor
from qafila.businesses.models import Business, Membership, User
from qafila.web.lists.page import ListPage
from qafila.web.shell.doors import Current


def person_now(user: User, business: Business, *, address: str | None = None) -> Current | None:
    """The person with the role of now; None for one who left.

    :param address: from which they asked, for the audit log.
    """
    member = Membership.objects.filter(user=user, business=business, user__is_active=True).first()
    if member is None:
        return None
    actor = user_actor(business=business, user=user, role=member.role, address=address)
    return Current(user, business, member.role, actor, ZoneInfo(business.timezone))


def page_at(path: str, query: str, current: Current) -> ListPage | None:
    """The list at an address, as that person would open it; None where there is none (any more), or not for them."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    made: type[ListPage] | None = getattr(match.func, "list_page", None)
    if made is None or (made.scope and not current.actor.may(made.scope)):
        return None
    request = HttpRequest()
    request.method, request.path = "GET", path
    request.GET = QueryDict(query)
    try:
        return made(request, current, match.kwargs)
    except Http404:  # of one thing, which is gone
        return None
