"""The forms of the pages of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qafila.events.webhooks.models import WebhookEndpoint
from qafila.web.pages.webhooks.words import type_choices


class EndpointForm(forms.Form):
    """A new endpoint, or a changed one."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2048,
        help_text=_("Where your program listens, for example https://shop.example.com/hooks."),
        widget=forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "https://"}),
    )
    description = forms.CharField(
        label=_("What it is for"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("What it hears of"),
        required=False,
        help_text=_("Nothing ticked: everything, also what later versions add."),
        widget=forms.CheckboxSelectMultiple,
    )
    with_contents = forms.BooleanField(
        label=_("Also send texts and phone numbers"),
        required=False,
        help_text=_("Off: ids, counts and states only. Your program asks the API for the rest."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["event_types"]
        field.choices = type_choices()

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> EndpointForm:
        """Filled with what is so now."""
        names = ("url", "description", "event_types", "with_contents")
        return cls(initial={name: getattr(endpoint, name) for name in names})


SPANS = {
    "1": timedelta(hours=1),
    "24": timedelta(hours=24),
    "168": timedelta(days=7),
    "": None,
}


class AgainForm(forms.Form):
    """What to send again."""

    span = forms.ChoiceField(
        label=_("What happened"),
        required=False,
        choices=[
            ("1", _("in the last hour")),
            ("24", _("in the last 24 hours")),
            ("168", _("in the last 7 days")),
            ("", _("since anything is kept")),
        ],
        initial="24",
    )
    everything = forms.BooleanField(
        label=_("Also what arrived"),
        required=False,
        help_text=_(
            "For a program that lost its own records. The ids stay, so it can leave out what it knows."
        ),
    )
