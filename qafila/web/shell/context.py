"""What every page's frame shows: a context processor, so that no view has to think of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from qafila.alerts import queries as alerts
from qafila.businesses.models import Business
from qafila.businesses.queries import businesses_of
from qafila.web.lists.filters import clean
from qafila.web.shell import nav as navigation
from qafila.web.shell.doors import Current, current_of
from qafila.web.shell.theme import theme_of
from qafila.web.ui.states import look_of


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the account menu."""

    url: str
    title: str
    icon: str


@dataclass(slots=True)
class Shell:
    """The frame of one page.

    :ivar current: who is at work; None on signed-out pages.
    :ivar alerts: how many open ones nobody has read.
    :ivar keyless: networks from which old clients call without a key; only shown to who manages keys.
    """

    theme: str
    languages: list[tuple[str, str]]
    current: Current | None = None
    nav: list[navigation.Part] = field(default_factory=list)
    businesses: list[Business] = field(default_factory=list)
    alerts: int = 0
    keyless: list[str] = field(default_factory=list)
    searched: str = ""

    @property
    def bottom(self) -> list[navigation.Part]:
        """The bottom bar of a phone."""
        return [part for part in self.nav if part.key in navigation.ON_THE_PHONE]

    @property
    def alerts_url(self) -> str:
        """Where the bell leads; "" without an alerts page."""
        return next((part.url for part in self.nav if part.key == "alerts"), "")

    @property
    def role(self) -> str:
        """The person's role, in words."""
        return str(look_of(self.current.role).word) if self.current else ""

    @property
    def initials(self) -> str:
        """At most two letters for the round badge."""
        words = str(self.current.user).replace("@", " ").split() if self.current else []
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def account_links(self) -> list[Link]:
        """The account menu, as far as its pages exist."""
        wanted = (
            ("/account/profile/", _("My account"), "user"),
            ("/account/password/change/", _("Change password"), "lock"),
        )
        return [Link(url, title, icon) for url, title, icon in wanted if navigation.match_of(url)]

    @property
    def sign_out_url(self) -> str:
        """Where signing out posts to."""
        try:
            return reverse("account_logout")
        except NoReverseMatch:
            return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: ``shell``, made when a template first asks for it."""
    return {"shell": SimpleLazyObject(lambda: shell_of(request))}


def shell_of(request: HttpRequest) -> Shell:
    """The frame for this request: at most three small reads for a signed-in person, none for nobody."""
    made = Shell(theme=theme_of(request), languages=list(settings.LANGUAGES))
    current = current_of(request)
    if current is None:
        return made
    made.current = current
    made.nav = navigation.parts_for(current, request.path)
    made.businesses = businesses_of(current.user)
    if current.actor.may("events:read"):
        shown = alerts.open_alerts(current.business.pk, installation=current.actor.may(alerts.INSTALLATION))
        made.alerts = shown.count()
    if current.actor.may("admin"):
        made.keyless = list(settings.ENV.legacy_keyless_from)
    made.searched = _searched(request) if request.path == "/search" else ""
    return made


def _searched(request: HttpRequest) -> str:
    """What stands in the box above; "" for an address that cannot be read: the page that says so has this frame, too."""
    try:
        return clean(request.GET.get("q", ""))
    except SuspiciousOperation:
        return ""
