"""Who stands at a page's door: the person, the business in use, the rights. Every view has a :func:`signed_in`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import Business, Membership, User
from qafila.businesses.rules.scopes import SCOPES
from qafila.web.shell.addresses import client_address, page_of
from qafila.web.shell.session_life import ROLE, asks_by_itself, is_over, new_id, note_use, still_holds

View = Callable[..., Any]

BUSINESS_IN_SESSION: Final = "business"
"""Session key: the public id of the business that the person works in."""

MOVED: Final = "moved"
"""Session key: whether another business was open before that one, so that a page may still show it."""

WELCOME: Final = "/welcome/"
MEMBER: Final = ""
"""Instead of a scope: any member of the business, whatever the role."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Forbidden(PermissionDenied):
    """A signed-in person lacks a right, or belongs to no business. The 403 page shows the sentence.

    :ivar code: ``not_allowed`` or ``no_membership``.
    :ivar scope: the right that is missing; "" where it is not about one.
    """

    def __init__(self, code: str, sentence: str, *, scope: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.scope = scope


@dataclass(frozen=True, slots=True)
class Current:
    """The person at work, and where.

    :ivar business: the one in use; everything that a page reads and writes belongs to it.
    :ivar role: a value of ``businesses.models.Role``.
    :ivar actor: what actions take: the person with the role's rights and the address they call from.
    :ivar zone: of the business; what a page shows is in it.
    """

    user: User
    business: Business
    role: str
    actor: Actor
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Door:
    """What a view asks for; found at ``view.door`` by the tests that walk the URL map.

    :ivar scope: to look, or :data:`MEMBER`.
    :ivar write: to change (any method but GET and HEAD).
    :ivar open_because: why nobody need be signed in; "" where somebody must.
    """

    scope: str
    write: str
    open_because: str = ""


def public(because: str) -> Callable[[View], View]:
    """Marks a view that nobody need be signed in for, with the reason. Nothing of a business may be seen there."""

    def mark(view: View) -> View:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                return await view(request, *args, **kwargs)

        else:

            @wraps(view)
            def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                return view(request, *args, **kwargs)

        passing.door = Door("", "", because)  # type: ignore[attr-defined]
        return passing

    return mark


def signed_in(scope: str = MEMBER, *, write: str | None = None) -> Callable[[View], View]:
    """Lets into a view who is signed in and has the right; the view, sync or async, finds ``request.current``.

    Nobody signed in: to the sign-in page and back; 401 for htmx (``HX-Redirect``), for event streams, and for scripts that
    send ``Accept: application/json`` (``{"code": "signed_out", "message", "next": the sign-in page with the way back}``). No
    owner in this installation yet: to ``/welcome/``. A right is missing: the 403 page.

    :param scope: a name of ``businesses.rules.scopes``, or "" for every member.
    :param write: the right for POST, PUT, PATCH and DELETE; the same as ``scope`` where it is not given.
    """
    door = Door(scope, scope if write is None else write)
    for name in (door.scope, door.write):
        if name and name not in SCOPES:
            raise ValueError(f"{name!r} is no right; see businesses.rules.scopes.")

    def guard(view: View) -> View:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                refused = await sync_to_async(_admit)(request, door)
                answer: HttpResponseBase = refused or await view(request, *args, **kwargs)
                return answer

        else:

            @wraps(view)
            def passing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                answer: HttpResponseBase = _admit(request, door) or view(request, *args, **kwargs)
                return answer

        passing.door = door  # type: ignore[attr-defined]
        return passing

    return guard


def current_of(request: HttpRequest) -> Current | None:
    """Who is at work in this request, looked up once; None for nobody, and for a member of no business."""
    if not hasattr(request, "current"):
        request.current = _look_up(request)  # type: ignore[attr-defined]
    found: Current | None = request.current  # type: ignore[attr-defined]
    return found


def use_business(request: HttpRequest, business: Business) -> None:
    """From the next request on the person works in that business. Check the membership first.

    Forms of pages that stand open are refused afterwards: they name things of the business before, and would act in this one.
    """
    before = getattr(request, "current", None)
    request.session[BUSINESS_IN_SESSION] = str(business.public_id)
    request.session[MOVED] = before is not None and before.business.pk != business.pk
    request.session.pop(ROLE, None)
    new_id(request)  # other rights: another session id
    rotate_token(request)


async def still_in(request: HttpRequest) -> bool:
    """For views that stay open (live streams): whether this person would still be let in, with the same rights.

    Ask every few seconds and end the stream on False: sessions end within five seconds everywhere.
    """
    current: Current | None = getattr(request, "current", None)
    key = request.session.session_key
    if current is None or key is None:
        return False
    return await sync_to_async(still_holds)(
        session_key=key, business_id=current.business.pk, role=current.role, now=timezone.now()
    )


def somebody_owns_this() -> bool:
    """Whether the installation has an owner who can sign in."""
    return Membership.objects.filter(role="owner", user__is_active=True).exists()


def _look_up(request: HttpRequest) -> Current | None:
    user = getattr(request, "user", None)
    if user is None or isinstance(user, AnonymousUser) or not user.is_active:
        return None
    now = timezone.now()
    if is_over(request.session, now):
        logout(request)
        return None
    note_use(request, now)
    memberships = list(Membership.objects.filter(user=user).select_related("business").order_by("pk"))
    if not memberships:
        return None
    chosen = request.session.get(BUSINESS_IN_SESSION)
    at_work = next((m for m in memberships if str(m.business.public_id) == chosen), memberships[0])
    _rotate_with_the_role(request, f"{at_work.business_id}:{at_work.role}")
    actor = user_actor(
        business=at_work.business, user=user, role=at_work.role, address=client_address(request)
    )
    return Current(
        user=user,
        business=at_work.business,
        role=at_work.role,
        actor=actor,
        zone=ZoneInfo(at_work.business.timezone),
    )


def _rotate_with_the_role(request: HttpRequest, role: str) -> None:
    """Other rights, another session id. Not while a script asks: its page's other calls would lose their session."""
    session = request.session
    if session.get(ROLE) == role or asks_by_itself(request):
        return
    if ROLE in session:
        new_id(request)
    session[ROLE] = role


def _admit(request: HttpRequest, door: Door) -> HttpResponseBase | None:
    """None lets pass; else the answer.

    :raises Forbidden: somebody is signed in, but not with this right.
    """
    current = current_of(request)  # first: it ends a session that is over
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return _to_sign_in(request)
    if current is None:
        raise Forbidden(
            "no_membership",
            _("You belong to no business here. Ask an owner to invite you, then sign in again."),
        )
    needed = door.scope if request.method in _READING else door.write
    if needed and not current.actor.may(needed):
        raise Forbidden(
            "not_allowed",
            _(
                "Your role does not allow this. Ask an owner or admin of the business to do it or to change your role."
            ),
            scope=needed,
        )
    return None


def asks_for_json(request: HttpRequest) -> bool:
    """Whether a script of ours asks (fetch, XMLHttpRequest) that reads answers as JSON, not a person who goes to a page."""
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    is_htmx, is_script = "HX-Request" in request.headers, asks_for_json(request)
    address = WELCOME
    if somebody_owns_this():
        address = resolve_url(settings.LOGIN_URL)
        # A part of a page, what a script asks for and what was sent are no places to come back to: the page around is.
        is_page = request.method == "GET" and not is_htmx and not is_script
        back = request.get_full_path() if is_page else page_of(request)
        address += "?" + urlencode({"next": back}) if back else ""
    if is_htmx:
        # htmx would swap a followed redirect into the page: this makes the whole page go there.
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    if "text/event-stream" in request.headers.get("Accept", ""):
        return HttpResponse(status=401)
    if is_script:
        message = _("You are signed out. Sign in again; then send this once more.")
        return JsonResponse({"code": "signed_out", "message": message, "next": address}, status=401)
    return HttpResponseRedirect(address)
