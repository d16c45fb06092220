"""Simple paths into JSON: ``data.messages[0].id``. Names, dots and places in lists; nothing else."""

from __future__ import annotations

import re
from typing import Any, Final

from qafila.providers.account_fields import gettext_noop as _

_STEP: Final = re.compile(r"(?:^|\.)([A-Za-z0-9_@$-]{1,64})|\[([0-9]{1,3})\]", re.ASCII)
MOST_STEPS: Final = 12
LONGEST: Final = 300


def steps(path: str) -> tuple[str | int, ...]:
    """A path as steps; the empty one is the whole. Raises ``ValueError``."""
    found: list[str | int] = []
    place = 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None or path[0] == "." or len(found) >= MOST_STEPS or len(path) > LONGEST:
            raise ValueError(_("A path is written like data.messages[0].id."))
        found.append(match[1] if match[1] is not None else int(match[2]))
        place = match.end()
    return tuple(found)


def at(value: Any, path: str) -> Any:
    """What lies there, or None."""
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return None
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def text_at(value: Any, path: str) -> str:
    """The text or whole number there as text; "" for anything else, and for an empty path."""
    found = at(value, path) if path else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return str(found)
