"""Filling in templates: ``{name}`` becomes a value, once. No expressions, no nesting: a value with braces in it stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

NAMES: Final = ("to", "to_plus", "text", "attempt_id", "reply_to", "sender", "account")
"""``to``: digits; ``to_plus``: with ``+``; ``sender`` and ``account``: the gateway's ids of the number and the account."""
SECRETS: Final = ("token",)
_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,40})\}", re.ASCII)


def names_in(template: Any) -> set[str]:
    """Every ``{name}`` in a text, or in the texts of an object."""
    if isinstance(template, str):
        return {match[1] for match in _PLACE.finditer(template)}
    if isinstance(template, Mapping):
        return set().union(*(names_in(one) for one in template.values()))
    if isinstance(template, list):
        return set().union(*(names_in(one) for one in template))
    return set()


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """A copy with every known ``{name}`` replaced; keys stay as they are."""
    if isinstance(template, str):
        return _PLACE.sub(lambda match: values.get(match[1], match[0]), template)
    if isinstance(template, Mapping):
        return {name: fill(one, values) for name, one in template.items()}
    if isinstance(template, list):
        return [fill(one, values) for one in template]
    return template
