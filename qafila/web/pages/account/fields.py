"""Form fields that several pages about people share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qafila.businesses.passwords import MIN_LENGTH
from qafila.kit import phones

ROLES = {
    "owner": pgettext_lazy("role", "Owner"),
    "admin": pgettext_lazy("role", "Admin"),
    "agent": pgettext_lazy("role", "Agent"),
    "read_only": pgettext_lazy("role", "Read-only"),
}
"""The roles' names, the mightiest first."""

ROLE_MEANINGS = {
    "owner": _("Everything, also what puts numbers at risk, and other owners."),
    "admin": _("Contracts, senders, people, keys and settings."),
    "agent": _("Sees contracts and senders, writes messages to people."),
    "read_only": _("Sees everything of the work, changes nothing."),
}


class NewPasswordField(forms.CharField):
    """A new password, typed once with a switch to see it; whether it is good enough, the action says."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("label", _("New password"))
        given.setdefault("min_length", MIN_LENGTH)
        given.setdefault("max_length", 200)
        given.setdefault("strip", False)
        given.setdefault(
            "help_text", _("At least 10 characters. A few words that belong to you alone are easy to keep.")
        )
        super().__init__(
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-shows": "1"}), **given
        )


class LongSelect(forms.Select):
    """A choice among hundreds, written in one go: Django's own widget renders a template for each option (0.2 ms each)."""

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """As :meth:`forms.Widget.render`; groups of options are not known here."""
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, SafeString(" selected") if str(key) == chosen else "", title)
                for key, title in self.choices
            ),
        )
        given = self.build_attrs({**self.attrs, "name": name}, dict(attrs or {}))
        return format_html("<select{}>{}</select>", flatatt(given), options)


def name_field() -> forms.CharField:
    """A person's real name, as colleagues see it."""
    return forms.CharField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )


def email_field() -> forms.EmailField:
    """An address, written from left to right on every page."""
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )


def language_field(*, empty: Any = None) -> forms.ChoiceField:
    """One of our languages, each in its own name."""
    first = [("", empty)] if empty is not None else []
    return forms.ChoiceField(
        label=_("Language"), choices=[*first, *settings.LANGUAGES], required=empty is None
    )


def zone_field() -> forms.ChoiceField:
    """An IANA time zone; the browser's own is filled in by a script on the first run."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return forms.ChoiceField(
        label=_("Time zone"),
        widget=LongSelect,
        choices=[("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)],
        help_text=_("Times on all pages are shown in it, and quiet hours follow it."),
    )


def country_field() -> forms.ChoiceField:
    """The country whose national numbers are understood."""
    return forms.ChoiceField(
        label=_("Country of your phone numbers"),
        required=False,
        widget=LongSelect,
        choices=lambda: [("", _("None: numbers must begin with + and the country code")), *countries()],
        help_text=_("Numbers written without a country code are read as numbers of this country."),
    )


def countries() -> list[tuple[str, str]]:
    """ISO code and, in the reader's language, the name with the code that numbers begin with. Isolated: an option of a list
    holds text alone, and ``+20`` would turn around in a line from right to left."""
    return [
        (region, f"{name} (\u2066+{code}\u2069)")
        for region, name, code in phones.regions(get_language() or "en")
    ]


def role_field() -> forms.ChoiceField:
    """A role."""
    return forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()))
