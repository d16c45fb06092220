"""The form of a direction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qafila.senders.direction_models import Direction
from qafila.senders.models import Sender
from qafila.senders.queries import for_business
from qafila.web.shell.doors import Current
from qafila.web.ui import figures
from qafila.web.ui.states import look_of

COLOURS = (
    ("", gettext_lazy("None")),
    ("#1f8a70", gettext_lazy("Green")),
    ("#2563eb", gettext_lazy("Blue")),
    ("#7c3aed", gettext_lazy("Violet")),
    ("#db2777", gettext_lazy("Pink")),
    ("#dc2626", gettext_lazy("Red")),
    ("#ea580c", gettext_lazy("Orange")),
    ("#a16207", gettext_lazy("Brown")),
    ("#475569", gettext_lazy("Grey")),
)


class DirectionForm(forms.Form):
    """Name, number, who stands in for it, colour."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("A line of your business, for example: Implants."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    number = forms.ChoiceField(label=gettext_lazy("WhatsApp number"), required=False)
    fallback = forms.ChoiceField(
        label=gettext_lazy("Stands in for it"),
        help_text=gettext_lazy("Serves while that number cannot. Without one the default does."),
        required=False,
    )
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=COLOURS, required=False)

    def __init__(
        self, *args: Any, current: Current, direction: Direction | None = None, **kwargs: Any
    ) -> None:
        if direction is not None:
            kwargs.setdefault(
                "initial",
                {
                    "name": direction.name,
                    "number": str(direction.sender.public_id) if direction.sender else "",
                    "fallback": str(direction.fallback_sender.public_id) if direction.fallback_sender else "",
                    "colour": direction.colour,
                },
            )
        super().__init__(*args, **kwargs)
        self.numbers = {str(one.public_id): one for one in for_business(current.business.pk)}
        number: Any = self.fields["number"]
        number.choices = self._number_choices()
        fallback: Any = self.fields["fallback"]
        fallback.choices = [("", pgettext("a number that stands in", "None")), *self._numbers()]
        colour: Any = self.fields["colour"]
        if direction is not None and direction.colour not in dict(COLOURS):
            colour.choices = [
                *COLOURS,
                (direction.colour, _("Its own: %(code)s") % {"code": direction.colour}),
            ]

    def _number_choices(self) -> list[tuple[str, str]]:
        default = next((one for one in self.numbers.values() if one.is_default), None)
        use_default = _("Use the default")
        if default is not None:
            use_default = _("Use the default (%(number)s)") % {"number": _shown(default)}
        return [("", use_default), *self._numbers()]

    def _numbers(self) -> list[tuple[str, str]]:
        return [(key, _option(one)) for key, one in self.numbers.items()]

    def sender(self) -> Sender | None:
        """The chosen number; None: the default."""
        return self.numbers.get(self.cleaned_data["number"])

    def stands_in(self) -> Sender | None:
        """The number that serves while that one does not; None: none."""
        return self.numbers.get(self.cleaned_data["fallback"])


def _shown(sender: Sender) -> str:
    return figures.plain_number(sender.name, sender.phone)


def _option(sender: Sender) -> str:
    if not sender.is_active:
        return f"{_shown(sender)} — {_('switched off')}"
    word = "" if sender.state == "ready" else str(look_of(sender.state).word)
    return f"{_shown(sender)} — {word}" if word else _shown(sender)
