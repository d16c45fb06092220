"""The forms of a sender."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qafila.senders.models import Sender
from qafila.senders.template_queries import templates_of

RESTS = (
    ("1", _("1 hour")),
    ("4", _("4 hours")),
    ("12", _("12 hours")),
    ("24", _("1 day")),
    ("72", _("3 days")),
)


class RestForm(forms.Form):
    """How long it rests."""

    hours = forms.ChoiceField(label=_("Rest for"), choices=RESTS, initial="4")


class ChangeForm(forms.Form):
    """What a person may change of a number."""

    name = forms.CharField(
        label=pgettext_lazy("of a number", "Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    in_use_since = forms.DateField(
        label=_("In use since"),
        help_text=_(
            "When this number began to send. The daily limit of a phone-linked number grows with its age."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    throughput = forms.IntegerField(
        label=_("Messages a second"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=_("As the provider allows it. Empty: the provider's default."),
    )

    @classmethod
    def of(cls, sender: Sender, zone: ZoneInfo) -> ChangeForm:
        """With what stands now."""
        since = sender.in_use_since.astimezone(zone).date()
        return cls(initial={"name": sender.name, "in_use_since": since, "throughput": sender.throughput})


class TemplateForm(forms.Form):
    """The default template, by name and language as the provider writes them."""

    name = forms.CharField(
        label=_("Template"),
        max_length=512,
        required=False,
        help_text=_("Its name at the provider. Empty: none."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "list": "templates"}),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "en"}),
    )
    variable = forms.CharField(
        label=_("Variable"),
        max_length=60,
        required=False,
        help_text=_("The name of its one variable, which takes the message. Empty: it is numbered."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )

    def template(self) -> dict[str, Any] | None:
        """As the action takes it."""
        given = self.cleaned_data
        if not given["name"].strip():
            return None
        return {
            "name": given["name"].strip(),
            "language": given["language"].strip() or "en",
            "variable": given["variable"].strip() or None,
        }


class SecretsForm(forms.Form):
    """New access: what is left empty stays."""

    token = forms.CharField(
        label=_("Access token"),
        max_length=4096,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    app_secret = forms.CharField(
        label=_("App secret"),
        max_length=4096,
        required=False,
        help_text=_("The former one is accepted for 7 days more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    resume = forms.BooleanField(label=_("Then put it back to work"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        """Something must be given."""
        found: dict[str, Any] = super().clean() or {}
        if not found.get("token", "").strip() and not found.get("app_secret", "").strip():
            raise forms.ValidationError(_("Paste a token or an app secret."))
        return found


class NumberForm(forms.Form):
    """A number without a provider."""

    name = forms.CharField(
        label=pgettext_lazy("of a number", "Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        help_text=_("With + and the country code."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "tel"}),
    )


def known_templates(sender: Sender) -> list[str]:
    """Names to choose from, as far as they were read from the provider."""
    if sender.provider_account_id is None:
        return []
    return sorted({one.name for one in templates_of(sender.provider_account_id)})
