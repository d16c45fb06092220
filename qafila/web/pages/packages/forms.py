"""The forms of a package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from qafila.senders.actions.packages import LEAST_WEIGHT, LONGEST_NAME, MOST_WEIGHT
from qafila.senders.models import Sender
from qafila.web.ui import figures
from qafila.web.ui.states import look_of


class NameForm(forms.Form):
    """What it is called."""

    name = forms.CharField(
        label=gettext_lazy("Name of the package"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


class AddForm(forms.Form):
    """A number that is not in it yet, and its weight."""

    number = forms.ChoiceField(label=gettext_lazy("Number"))
    weight = forms.IntegerField(
        label=gettext_lazy("Weight"),
        min_value=LEAST_WEIGHT,
        max_value=MOST_WEIGHT,
        initial=1,
        help_text=gettext_lazy("Twice the weight takes twice the share, where its own pace allows it."),
    )

    def __init__(self, *args: Any, numbers: Iterable[Sender], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["number"]
        field.choices = [(str(one.public_id), _option(one)) for one in numbers]


class OpenMessageForm(forms.Form):
    """The same words to some people, now."""

    recipients = forms.CharField(
        label=gettext_lazy("Phone numbers"),
        max_length=200_000,
        help_text=gettext_lazy(
            "One in each line, with + and the country code. Only people who asked for it."
        ),
        widget=forms.Textarea(attrs={"dir": "ltr", "rows": 5, "autocomplete": "off", "inputmode": "tel"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4096,
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 4}),
    )

    def given(self) -> list[str]:
        """The numbers as they were written, one a line or between commas."""
        lines = self.cleaned_data["recipients"].replace(",", "\n").replace(";", "\n").splitlines()
        return [line.strip() for line in lines if line.strip()]


def _option(sender: Sender) -> str:
    shown = figures.plain_number(sender.name, sender.phone)
    return shown if sender.state == "ready" else f"{shown} — {look_of(sender.state).word}"
