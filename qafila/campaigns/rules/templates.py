"""An approved template as the wizard sees it: its variables, and the message as the phone shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qafila.providers.cloud_api.templates_sent import one_line

_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """What a template asks for.

    :ivar body: its text with ``{{1}}`` or ``{{name}}``.
    :ivar variables: of the body, in order, each once.
    :ivar named: they have names instead of numbers.
    :ivar unusable: wording code of why a contract from a file cannot fill it, or "".
    """

    body: str
    variables: Sequence[str]
    named: bool
    header: str = ""
    footer: str = ""
    buttons: Sequence[str] = ()
    unusable: str = ""


def form_of(components: Sequence[Mapping[str, Any]], parameter_format: str) -> TemplateForm:
    """Reads a template's components as the vendor keeps them. Never raises on what stands there."""
    body = header = footer = unusable = ""
    buttons: list[str] = []
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
            if str(component.get("format", "TEXT")).upper() != "TEXT" or _VARIABLE.search(words):
                unusable = "template_needs_more"
        elif kind == "BUTTONS":
            given = component.get("buttons")
            for button in given if isinstance(given, list) else ():
                if isinstance(button, Mapping):
                    buttons.append(str(button.get("text", ""))[:60])
                    if _VARIABLE.search(str(button.get("url", ""))) or button.get("type") in (
                        "OTP",
                        "COPY_CODE",
                        "FLOW",
                    ):
                        unusable = "template_needs_more"
        elif kind:
            unusable = "template_needs_more"
    named = parameter_format.upper() == "NAMED"
    variables = list(dict.fromkeys(_VARIABLE.findall(body)))
    if not named:
        variables = sorted((one for one in variables if one.isdecimal()), key=int)
    return TemplateForm(body, variables, named, header, footer, buttons, unusable)


def shown(form: TemplateForm, params: Sequence[str] | Mapping[str, str]) -> str:
    """The body as the phone shows it, its variables filled."""
    values = dict(params) if isinstance(params, Mapping) else dict(zip(form.variables, params, strict=False))
    return _VARIABLE.sub(lambda found: one_line(values.get(found.group(1), found.group(0))), form.body)


def is_flattened(value: str) -> bool:
    """Whether going through a template changes the value: it takes no line breaks, tabs or long blanks."""
    return one_line(value) != value
