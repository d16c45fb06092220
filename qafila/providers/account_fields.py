"""What a person fills in for an account of a kind, as data: pages, the command line and the API make their forms of it.

A kind keeps its own in ``providers/<kind>/fields.py``. A new provider needs no page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson


def gettext_noop(text: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return text


_ = gettext_noop

Place = Literal["base_url", "ref", "token", "app_secret", "sender_ref", "config"]
Shape = Literal["text", "secret", "url", "yes_no", "json"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in.

    :ivar name: in requests and on the command line, ``snake_case``.
    :ivar label: in English, to be translated where it is shown; :ivar help: a sentence below it.
    :ivar place: where it goes: a column of the account, the number's own reference, or its ``config`` under :attr:`name`.
    :ivar default: what stands there at first. :ivar pattern: what it must look like, whole.
    """

    name: str
    label: str
    help: str = ""
    place: Place = "config"
    shape: Shape = "text"
    required: bool = True
    default: str = ""
    pattern: str = ""
    longest: int = 300


class BadField(ValueError):
    """Something that was filled in cannot be used. ``name``: which field; ``code``: ``field_required``, ``field_invalid``."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(f"{name}: {code}")
        self.name = name
        self.code = code


SESSION = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"

WEBHOOK_BASE = Field(
    "webhook_base",
    _("Address of Qafila as the gateway sees it"),
    _("Only if it is another than people use, for example http://192.168.1.5:5001."),
    shape="url",
    required=False,
)


def read(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[Place, dict[str, Any]]:
    """What was filled in, by place: ``{"base_url": {"base_url": …}, "config": {…}, …}``.

    :raises BadField: the first that cannot be used, or a name that is no field.
    """
    for name in given:
        if all(field.name != name for field in fields):
            raise BadField(str(name)[:64], "unknown_field")
    found: dict[Place, dict[str, Any]] = {}
    for field in fields:
        value = _value(field, given.get(field.name, field.default))
        if value not in ("", None):
            found.setdefault(field.place, {})[field.name] = value
    return found


def _value(field: Field, given: Any) -> Any:
    if field.shape == "yes_no":
        if given in (True, "true", "on", "1", "yes"):
            return True
        if given in (False, None, "", "false", "off", "0", "no"):
            return False
        raise BadField(field.name, "field_invalid")
    if field.shape == "json" and isinstance(given, Mapping):
        return dict(given)
    if not isinstance(given, str):
        raise BadField(field.name, "field_required" if given is None else "field_invalid")
    text = given.strip()
    if not text:
        if field.required:
            raise BadField(field.name, "field_required")
        return ""
    wrong = len(text) > field.longest or (field.pattern and not re.fullmatch(field.pattern, text))
    if wrong or any(not letter.isprintable() for letter in text if letter not in "\r\n\t"):
        raise BadField(field.name, "field_invalid")
    return text


def as_object(text: str) -> dict[str, Any]:
    """The JSON object in a text. Raises :class:`BadField`."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise BadField(f"line {exc.lineno}", "field_invalid") from None
    if not isinstance(found, dict):
        raise BadField("json", "field_invalid")
    return found
