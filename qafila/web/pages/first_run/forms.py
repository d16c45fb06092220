"""The forms of the first run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qafila.senders.models import Sender, SenderState
from qafila.web.pages.account.fields import (
    NewPasswordField,
    country_field,
    email_field,
    language_field,
    name_field,
    zone_field,
)
from qafila.web.ui import figures


class OwnerForm(forms.Form):
    """The first owner and their business."""

    name = name_field()
    email = email_field()
    password = NewPasswordField(label=_("Password"))
    business_name = forms.CharField(
        label=_("Name of the business"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "organization"}),
    )
    language = language_field()
    timezone = zone_field()
    default_country = country_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["timezone"].widget.attrs["data-own-zone"] = "1"


def _secret(label: Any, hint: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )


def _ref(label: Any, hint: Any) -> forms.RegexField:
    return forms.RegexField(
        r"^[0-9]{5,32}$",
        label=label,
        help_text=hint,
        error_messages={"invalid": _("Only digits belong here.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr", "inputmode": "numeric"}),
    )


class ConnectForm(forms.Form):
    """What is copied from Meta's pages."""

    token = _secret(_("Access token"), _("Of a system user, without an end, for this app."))
    account_ref = _ref(_("WhatsApp Business Account ID"), _("WhatsApp > API Setup in the app's dashboard."))
    number_ref = _ref(_("Phone number ID"), _("On the same page, under the number."))
    app_secret = _secret(
        _("App secret"), _("App settings > Basic. With it we know that reports come from Meta.")
    )


class MessageForm(forms.Form):
    """A first message to oneself."""

    sender = forms.ChoiceField(label=pgettext_lazy("which number sends", "From"))
    phone = forms.CharField(
        label=_("Your own phone number"),
        max_length=40,
        help_text=_("With + and the country code, or as you write it at home."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "dir": "ltr", "inputmode": "tel"}),
    )
    text = forms.CharField(
        label=_("Message"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )

    def __init__(self, *args: Any, senders: Sequence[Sender], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = [each for each in senders if each.state != SenderState.NOT_CONNECTED]
        field: Any = self.fields["sender"]
        field.choices = [
            (str(each.public_id), figures.plain_number(each.name, each.phone)) for each in usable
        ]
        self.fields["text"].initial = gettext("Hello from Qafila. This is my first message.")

    def clean(self) -> dict[str, Any]:
        """Adds the name that the contract gets."""
        found: dict[str, Any] = super().clean() or {}
        found["title"] = gettext("First message to myself")
        return found
