"""The fields and the rows that the form of an HTTP gateway's set-up is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, ValidationError

from qafila.providers.http_gateway import shapes
from qafila.providers.http_gateway.flat import conditions
from qafila.providers.http_gateway.flat.rows import LONGEST_TEXT, MOST_ROWS, is_empty
from qafila.web.ui import figures

SPARE = 3
CLASSES = (
    ("unknown", _("Unknown: perhaps it was sent")),
    ("temporary", _("Not at the moment: it is tried again")),
    ("throttled", _("Too fast: it waits and is tried again")),
    ("recipient", _("This person cannot be reached")),
    ("content", _("The message itself is refused")),
    ("resting", _("Our number must rest for a while")),
    ("sender", _("Our number cannot send")),
    ("account", _("Our access is refused")),
)
TESTS = (
    (conditions.IS, _("is one of")),
    (conditions.CONTAINS, _("contains")),
    (conditions.THERE, _("is there")),
    (conditions.NOT_THERE, _("is not there")),
)
STATES = (
    ("sent", pgettext_lazy("a message", "Sent")),
    ("delivered", pgettext_lazy("a message", "Delivered")),
    ("read", pgettext_lazy("a message", "Read")),
    ("failed", pgettext_lazy("a message", "Failed")),
)
WRITE_PATH = _("Write a path.")
WRITE_VALUE = _("Write a value.")


def _example(text: str) -> str:
    return gettext("For example %(example)s.") % {"example": figures.isolated(text)}


example = lazy(_example, str)
"""A hint of one example, in the language of whoever reads."""


def fits(shape: Any, says: Any = None) -> Callable[[str], None]:
    """What a place of the set-up takes. :param says: for a pattern, which says nothing of itself that a person understands."""
    adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def check(value: str) -> None:
        try:
            adapter.validate_python(value)
        except ValidationError as exc:
            why = exc.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
            raise forms.ValidationError(says or gettext(why)) from None

    return check


_PATH = fits(shapes.JsonPath)
HEADER = fits(shapes.HeaderName, _("A header's name has letters, digits and hyphens only."))
QUERY = fits(shapes.QueryName, _("This name has letters, digits, hyphens, dots and underscores only."))
_CODE = fits(shapes.Code, _("A code has small letters, digits and underscores, and begins with a letter."))
_BODY = fits(shapes.BodyText)
_PLACE = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


def text_field(
    label: Any,
    *checks: Callable[[str], None],
    help_text: Any = "",
    longest: int = 500,
    required: bool = False,
) -> forms.CharField:
    """One line of names, paths and addresses: from left to right in every language."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=longest,
        validators=list(checks),
        widget=forms.TextInput(attrs=_PLACE),
    )


def path_field(label: Any, shown: str = "") -> forms.CharField:
    """A path into JSON. :param shown: an example."""
    return text_field(label, _PATH, help_text=example(shown) if shown else "", longest=300)


def choice_field(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    """One of a list. Nothing is never chosen by hand; where it is posted, the usual one is meant."""
    return forms.ChoiceField(label=label, choices=choices, required=False, **more)


class Pair(forms.Form):
    """A name and what stands there."""

    name = text_field(_("Name"), longest=600)
    text = text_field(_("Value"), _BODY, longest=LONGEST_TEXT)

    def clean(self) -> dict[str, Any]:
        """A value has a name."""
        given = super().clean() or {}
        if given.get("text") and "name" in given and not given["name"]:
            self.add_error("name", _("Write a name."))
        return given


class BodyPair(Pair):
    """Of the body. A dot in the name leads inside."""

    def clean_name(self) -> str:
        """No empty step."""
        name = str(self.cleaned_data["name"])
        if name and any(not 0 < len(step) <= 64 or step != step.strip() for step in name.split(".")):
            raise forms.ValidationError(_("A name within another one is written like message.text."))
        return name


class QueryPair(Pair):
    """Of the address."""

    name = text_field(_("Name"), QUERY, longest=64)


class HeaderPair(Pair):
    """Of the headers."""

    name = text_field(_("Name"), HEADER, longest=64)
    text = text_field(_("Value"), fits(shapes.HeaderText))

    def clean(self) -> dict[str, Any]:
        """A header has a value, and is none of ours."""
        given = super().clean()
        if str(given.get("name", "")).lower() in shapes.OUR_HEADERS:
            self.add_error("name", _("Qafila sets this header itself. The token has its place above."))
        if given.get("name") and "text" in given and not given["text"]:
            self.add_error("text", WRITE_VALUE)
        return given


class Condition(forms.Form):
    """What must hold of an answer."""

    status = text_field(_("Status"), longest=120)
    path = path_field(_("Path in the answer"))
    test = choice_field(_("Test"), TESTS, initial=conditions.IS)
    value = text_field(_("Value"), longest=conditions.LONGEST)

    def clean_status(self) -> str:
        """Numbers."""
        given = str(self.cleaned_data["status"])
        try:
            conditions.statuses(given)
        except ValueError as exc:
            raise forms.ValidationError(gettext(str(exc))) from None
        return given

    def clean(self) -> dict[str, Any]:
        """A test has what it needs."""
        given = super().clean() or {}
        for name, why in lacking(given, ""):
            self.add_error(name, why)
        return given


class ErrorRule(Condition):
    """What one kind of refusal means."""

    failure = choice_field(_("Means"), CLASSES, initial="unknown")
    code = text_field(_("Code of ours"), _CODE, longest=40)

    def clean(self) -> dict[str, Any]:
        """A rule has a condition and a code."""
        given = super().clean()
        if given.get("code") and not given.get("status") and not given.get("path") and not self.errors:
            self.add_error("status", _("Write a status or a path."))
        if not given.get("code") and not is_empty({**given, "code": ""}) and "code" not in self.errors:
            self.add_error("code", _("Write a code."))
        return given


class Word(forms.Form):
    """A gateway's word for a state. They are compared in lower case."""

    word = text_field(_("Word"), longest=200)
    state = choice_field(_("Means"), STATES, initial="sent")

    def clean_word(self) -> str:
        """In lower case."""
        return str(self.cleaned_data["word"]).lower()


def lacking(given: Mapping[str, Any], begins: str) -> list[tuple[str, Any]]:
    """What a condition lacks: the field, and what to say there. ``begins``: what its fields' names begin with."""
    path, test, value = (given.get(f"{begins}{part}") for part in ("path", "test", "value"))
    if path == "" and value:
        return [(f"{begins}path", WRITE_PATH)] if not begins else []
    if path and value == "" and test in (conditions.IS, conditions.CONTAINS):
        return [(f"{begins}value", WRITE_VALUE)]
    return []


if TYPE_CHECKING:
    _FormSet = BaseFormSet[forms.Form]
else:
    _FormSet = BaseFormSet


class Rows(_FormSet):
    """Rows of one kind: those that are filled in, and spare ones."""

    def as_flat(self) -> list[dict[str, str]]:
        """Each row, the empty ones too; a column of a row that nobody touched is ""."""
        return [
            {
                name: str(form.cleaned_data.get(name) or field.initial or "")
                for name, field in form.fields.items()
            }
            for form in self.forms
        ]

    def say(self, row: int | None, column: str, why: str) -> None:
        """A fault, beside its field if it has one."""
        if row is None or row >= len(self.forms):
            self.non_form_errors().append(why)
            return
        form = self.forms[row]
        form.add_error(column if column in form.fields else next(iter(form.fields)), why)

    def clean(self) -> None:
        """No name twice."""
        seen: set[str] = set()
        for form in self.forms:
            name = str(getattr(form, "cleaned_data", {}).get("name", "")).lower()
            if name and isinstance(form, HeaderPair | QueryPair) and name in seen:
                form.add_error("name", _("This name stands twice."))
            seen.add(name)


KINDS: dict[str, tuple[type[forms.Form], int]] = {
    "body": (BodyPair, MOST_ROWS + SPARE),
    "query": (QueryPair, 20),
    "headers": (HeaderPair, shapes.MOST_HEADERS),
    "accepted": (Condition, 10),
    "errors": (ErrorRule, 50),
    "states": (Word, 50),
}
SETS = {
    name: formset_factory(form, formset=Rows, extra=SPARE, max_num=most, absolute_max=most)
    for name, (form, most) in KINDS.items()
}
