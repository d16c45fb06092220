"""The parts of the product that a person sees in the navigation: only those that exist and that their role may open."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qafila.web.shell.doors import Current


@dataclass(frozen=True, slots=True)
class Part:
    """One entry of the navigation.

    :ivar key: stable; also an English word that the palette finds it by.
    :ivar shortcut: a key that opens it with Alt, as printed on an English keyboard; "" for none.
    :ivar group: entries of one group stand together.
    """

    key: str
    url: str
    title: str | Promise
    icon: str
    shortcut: str = ""
    group: int = 1
    is_here: bool = False
    begins_group: bool = False


PARTS: Final = (
    Part("dashboard", "/", _("Dashboard"), "layout-dashboard", "1"),
    Part("campaigns", "/campaigns/", _("Contracts"), "speakerphone", "2"),
    Part("messages", "/messages/", _("Messages"), "messages", "3"),
    Part("senders", "/senders/", _("Senders"), "device-mobile", "4"),
    Part("packages", "/packages/", _("Packages"), "devices"),
    Part("numbers", "/numbers/", _("Numbers"), "phone"),
    Part("directions", "/directions/", _("Directions"), "category"),
    Part("alerts", "/alerts/", _("Alerts"), "bell", "5"),
    Part("team", "/team/", _("Team"), "users", "", 2),
    Part("keys", "/keys/", _("API keys"), "key", "", 2),
    Part("webhooks", "/webhooks-out/", _("Webhooks"), "link", "", 2),
    Part("audit", "/audit/", _("Audit log"), "history", "", 2),
    Part("settings", "/settings/", _("Settings"), "settings", "", 2),
    Part("docs", "/docs/", _("API guide"), "book", "", 3),
)
ON_THE_PHONE: Final = ("dashboard", "campaigns", "messages", "alerts")
"""Keys of the parts in the bottom bar of a phone; the fifth place there opens the whole navigation."""


def parts_for(current: Current | None, path: str) -> list[Part]:
    """The navigation of a person who looks at ``path``; empty for nobody."""
    if current is None:
        return []
    shown: list[Part] = []
    for part in PARTS:
        match = match_of(part.url)
        if match is None or not _may_open(match, current):
            continue
        here = path == part.url or (part.url != "/" and path.startswith(part.url))
        begins = bool(shown) and shown[-1].group != part.group
        shown.append(Part(part.key, part.url, part.title, part.icon, part.shortcut, part.group, here, begins))
    return shown


@functools.cache
def match_of(url: str) -> ResolverMatch | None:
    """Which view answers there; None where nothing does. The map of addresses never changes while a process lives."""
    try:
        return resolve(url)
    except Resolver404:
        return None


def _may_open(match: ResolverMatch, current: Current) -> bool:
    door = getattr(match.func, "door", None)
    return door is None or not door.scope or current.actor.may(door.scope)
