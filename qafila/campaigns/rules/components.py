"""What a template asks for outside its body: a file or a variable in the header, the end of a button's link, a coupon code."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qafila.providers.cloud_api import templates_sent
from qafila.providers.contents import Template
from qafila.providers.contents_json import PLACE
from qafila.providers.failures import ProviderError

LONGEST: Final = 8_000
"""Characters of a contract's or a recipient's components as JSON."""
LONGEST_VALUE: Final = 1_024
LONGEST_LINK: Final = 2_000
LONGEST_COUPON: Final = 15


class Kind(enum.StrEnum):
    """What fills a slot."""

    TEXT = "text"
    """The one variable of a header."""
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    URL = "url"
    """What stands at the end of a button's link."""
    COUPON = "coupon"
    """The code that a button copies."""


_FILES: Final = frozenset({Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Slot:
    """One place to fill.

    :ivar place: of a button, from 0.
    :ivar name: of a header's variable, where the template's variables have names.
    :ivar label: what the template says there: the header with its variable, the link, the word on the button.
    """

    kind: Kind
    place: int = 0
    name: str = ""
    label: str = ""

    @property
    def key(self) -> str:
        """``header:image``, ``button:0:url`` …: what its value is kept under."""
        if self.kind in (Kind.URL, Kind.COUPON):
            return f"button:{self.place}:{self.kind}"
        return f"header:{self.kind}"

    @property
    def is_file(self) -> bool:
        """Whether the address of a file fills it."""
        return self.kind in _FILES

    def component(self) -> dict[str, Any]:
        """The vendor's component, with a place for the value."""
        value = {PLACE: self.key}
        if self.kind is Kind.URL:
            return _button(self.place, "url", {"type": "text", "text": value})
        if self.kind is Kind.COUPON:
            return _button(self.place, "copy_code", {"type": "coupon_code", "coupon_code": value})
        parameter: dict[str, Any] = {"type": self.kind.value}
        parameter[self.kind.value] = {"link": value} if self.is_file else value
        if self.name:
            parameter["parameter_name"] = self.name
        return {"type": "header", "parameters": [parameter]}


def kind_of(key: str) -> Kind | None:
    """The kind that a key of a slot tells; None for a variable of the body."""
    last = key.rpartition(":")[2] if ":" in key else ""
    return Kind(last) if last in {one.value for one in Kind} else None


def value_fault(key: str, value: str) -> str:
    """The wording code of what keeps a value from its slot; "" for none."""
    kind = kind_of(key)
    if not value.strip():
        return "template_part_empty"
    if kind in _FILES:
        good = value.startswith(("https://", "http://")) and len(value) <= LONGEST_LINK
        return "" if good and not any(map(str.isspace, value)) else "template_link_bad"
    if kind is Kind.URL and any(map(str.isspace, value)):
        return "template_link_bad"
    return "template_part_too_long" if len(value) > longest(kind) else ""


def longest(kind: Kind | None) -> int:
    """Characters that fill it at most."""
    return LONGEST_COUPON if kind is Kind.COUPON else LONGEST_LINK if kind in _FILES else LONGEST_VALUE


def fault_of(given: object) -> str:
    """What is wrong with components that came from outside, as the provider's rules say it; "" for nothing."""
    if not isinstance(given, list) or not given or not all(isinstance(one, Mapping) for one in given):
        return "They are a list of objects."
    written = json.dumps(given, ensure_ascii=False)
    if len(written) > LONGEST:
        return f"They have at most {LONGEST} characters."
    if "\\u0000" in written or _is_broken(written):
        return "They have characters that cannot be kept."
    if any(str(one.get("type", "")).lower() == "body" for one in given):
        return "The values of the body come as the message or as params."
    return _refusal(given)


def _refusal(given: Sequence[Mapping[str, Any]]) -> str:
    try:
        templates_sent.template(Template("name", "en", (), given))
    except ProviderError as refusal:
        return str(refusal.detail)
    return ""


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _button(place: int, sub_type: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "button", "sub_type": sub_type, "index": str(place), "parameters": [dict(parameter)]}
