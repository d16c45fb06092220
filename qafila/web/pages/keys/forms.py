"""The form of a new key."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from qafila.businesses.rules import callers
from qafila.businesses.rules.scopes import SCOPES
from qafila.web.pages.people.words import SCOPE_WORDS
from qafila.web.shell.doors import Current
from qafila.web.shell.saying import said_of


class KeyForm(forms.Form):
    """A new key. Only rights that the person has themselves are offered."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Who or what will use it, so that you know later."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    days = forms.ChoiceField(
        label=gettext_lazy("Valid for"),
        choices=[
            ("30", gettext_lazy("30 days")),
            ("90", gettext_lazy("90 days")),
            ("365", gettext_lazy("One year")),
            ("", gettext_lazy("Until it is revoked")),
        ],
        initial="365",
        required=False,
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), widget=forms.CheckboxSelectMultiple
    )

    networks = forms.CharField(
        label=gettext_lazy("Works only from"),
        max_length=4000,
        required=False,
        help_text=gettext_lazy(
            "One IP address or network a line, such as 203.0.113.7 or 10.1.0.0/16. Empty: from everywhere."
        ),
        widget=forms.Textarea(attrs={"dir": "ltr", "rows": 2, "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, current: Current, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in SCOPES if current.actor.may(scope)]
        field: Any = self.fields["scopes"]
        field.choices = [(scope, SCOPE_WORDS.get(scope, scope)) for scope in offered]
        field.initial = [scope for scope in ("contracts:read", "contracts:write") if scope in offered]

    def clean_networks(self) -> list[str]:
        """As they are kept."""
        given = str(self.cleaned_data["networks"]).replace(",", " ").split()
        _good, wrong = callers.networks(given)
        if wrong:
            raise forms.ValidationError(said_of("network_invalid", given=wrong[0][:60]))
        return given
