"""An approved template as the wizard sees it: what it asks for, and the message as the phone shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qafila.campaigns.rules.components import Kind, Slot
from qafila.providers.cloud_api.templates_sent import one_line
from qafila.providers.contents_json import is_extended

_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")
_NEEDS_MORE: Final = "template_needs_more"
_FILES: Final = {"IMAGE": Kind.IMAGE, "VIDEO": Kind.VIDEO, "DOCUMENT": Kind.DOCUMENT}
_PLAIN_BUTTONS: Final = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"})


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """What a template asks for.

    :ivar body: its text with ``{{1}}`` or ``{{name}}``.
    :ivar variables: of the body, in order, each once.
    :ivar named: they have names instead of numbers.
    :ivar slots: what it asks for outside its body: a variable or a file in the header, the end of a link, a coupon code.
    :ivar unusable: wording code of why a contract from a file cannot fill it, or "".
    """

    body: str
    variables: Sequence[str]
    named: bool
    header: str = ""
    footer: str = ""
    buttons: Sequence[str] = ()
    slots: Sequence[Slot] = ()
    unusable: str = ""

    @property
    def keys(self) -> list[str]:
        """Of all that has to be filled: variables of the body, then slots."""
        return [*self.variables, *(slot.key for slot in self.slots)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A template filled for one person.

    :ivar file: address of the picture, video or document in the header; "" for none. :ivar file_kind: what it is.
    """

    text: str
    header: str = ""
    footer: str = ""
    buttons: Sequence[str] = ()
    file: str = ""
    file_kind: str = ""


def form_of(components: Sequence[Mapping[str, Any]], parameter_format: str) -> TemplateForm:
    """Reads a template's components as the vendor keeps them. Never raises on what stands there."""
    body = header = footer = unusable = ""
    buttons: list[str] = []
    slots: list[Slot] = []
    named = parameter_format.upper() == "NAMED"
    for component in components:
        kind = str(component.get("type", "")).upper()
        text = component.get("text")
        words = text if isinstance(text, str) else ""
        if kind == "BODY":
            body = words
        elif kind == "FOOTER":
            footer = words
        elif kind == "HEADER":
            header = words
            asked, fault = _header(component, words, named)
            slots, unusable = [*asked, *slots], unusable or fault
        elif kind == "BUTTONS":
            given = component.get("buttons")
            listed = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
            for place, button in enumerate(listed):
                buttons.append(str(button.get("text", ""))[:60])
                asked, fault = _button(button, place)
                slots, unusable = [*slots, *asked], unusable or fault
        elif kind:
            unusable = _NEEDS_MORE
    variables = list(dict.fromkeys(_VARIABLE.findall(body)))
    if not named:
        variables = sorted((one for one in variables if one.isdecimal()), key=int)
    return TemplateForm(body, variables, named, header, footer, buttons, slots, unusable)


def shown(form: TemplateForm, params: Any) -> Shown:
    """The message as the phone shows it.

    :param params: as the ledger keeps them: values of the body, or those and ``more`` (``providers.contents_json``).
    """
    body, more = (params["body"], params.get("more")) if is_extended(params) else (params, None)
    more = more if isinstance(more, Mapping) else {}
    # A default template's one variable takes the message, whatever its name.
    values = dict(body) if isinstance(body, Mapping) else dict(zip(form.variables, body or (), strict=False))
    header, file, file_kind = form.header, "", ""
    for slot in form.slots:
        if slot.kind is Kind.TEXT and (place := _VARIABLE.search(header)):
            filled = one_line(str(more.get(slot.key, "")))
            header = f"{header[: place.start()]}{filled}{header[place.end() :]}"
        elif slot.is_file:
            file, file_kind = str(more.get(slot.key, "")), slot.kind.value
    text = _VARIABLE.sub(lambda found: one_line(str(values.get(found.group(1), found.group(0)))), form.body)
    return Shown(text, header, form.footer, form.buttons, file, file_kind)


def is_flattened(value: str) -> bool:
    """Whether going through a template changes the value: it takes no line breaks, tabs or long blanks."""
    return one_line(value) != value


def _header(component: Mapping[str, Any], words: str, named: bool) -> tuple[list[Slot], str]:
    form = str(component.get("format", "TEXT")).upper()
    if form in _FILES:
        return [Slot(_FILES[form])], ""
    if form != "TEXT":
        return [], _NEEDS_MORE
    found = _VARIABLE.search(words)
    return ([Slot(Kind.TEXT, name=found.group(1) if named else "", label=words)] if found else []), ""


def _button(button: Mapping[str, Any], place: int) -> tuple[list[Slot], str]:
    kind, label = str(button.get("type", "")).upper(), str(button.get("text", ""))[:60]
    if kind not in _PLAIN_BUTTONS:
        return [], _NEEDS_MORE
    if kind == "COPY_CODE":
        return [Slot(Kind.COUPON, place=place, label=label)], ""
    if kind == "URL" and _VARIABLE.search(str(button.get("url", ""))):
        return [Slot(Kind.URL, place=place, label=str(button["url"])[:200])], ""
    return [], ""
