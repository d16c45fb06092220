"""A condition of a set-up as one row of a form, and back: the statuses, a path, what is asked of it, and with what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from qafila.providers.account_fields import gettext_noop as _

IS, CONTAINS, THERE, NOT_THERE = "is", "contains", "there", "not_there"
TESTS: Final = (IS, CONTAINS, THERE, NOT_THERE)
LONGEST: Final = 2_000

_WORD: Final = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([^,،]*))\s*(?:[,،]|$)')
_NUMBER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_FIXED: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def as_row(condition: Mapping[str, Any]) -> dict[str, str] | None:
    """``status``, ``path``, ``test``, ``value`` as texts; None: one row cannot say it."""
    equals, contains, exists = (condition.get(name) for name in ("equals", "contains", "exists"))
    asked = [bool(equals), bool(contains), exists is not None]
    if sum(asked) > 1 or condition.get("path") == "":
        return None
    row = {
        "status": ", ".join(str(one) for one in condition.get("status", [])),
        "path": condition.get("path") or "",
        "test": IS,
        "value": "",
    }
    if contains:
        row |= {"test": CONTAINS, "value": contains}
        return row if contains == " ".join(contains.splitlines()).strip() else None
    if exists is not None:
        row["test"] = THERE if exists else NOT_THERE
    if equals:
        row["value"] = said(equals)
        if len(row["value"]) > LONGEST or _typed(values(row["value"])) != _typed(equals):
            return None
    return row


def made(row: Mapping[str, str]) -> dict[str, Any]:
    """The condition of a row. Raises ``ValueError`` for statuses that are none."""
    condition: dict[str, Any] = {}
    if row["status"]:
        condition["status"] = statuses(row["status"])
    if not row["path"]:
        return condition
    condition["path"] = row["path"]
    if row["test"] == CONTAINS:
        condition["contains"] = row["value"]
    elif row["test"] in (THERE, NOT_THERE):
        condition["exists"] = row["test"] == THERE
    else:
        condition["equals"] = values(row["value"])
    return condition


def statuses(text: str) -> list[int]:
    """``"200, 201"`` as numbers from 100 to 599. Raises ``ValueError``."""
    words = [word for word in re.split(r"[\s,،]+", text) if word]
    if not all(len(word) == 3 and word.isdecimal() and 100 <= int(word) <= 599 for word in words):
        raise ValueError(_("Statuses are numbers from 100 to 599."))
    return [int(word) for word in words]


def values(text: str) -> list[str | int | bool | None]:
    """``ok, 1, true, "1"`` as values: words with commas between them. ``true``, ``false``, ``null`` and whole numbers are what they
    are in JSON; what stands in quotes is text, with JSON's backslashes."""
    found: list[str | int | bool | None] = []
    place = 0
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:  # the second alternative always matches; this is for the reader and the types
            break
        place = match.end()
        quoted, plain = match[1], (match[2] or "").strip()
        if quoted is not None:
            found.append(_unquoted(quoted))
        elif plain in _FIXED:
            found.append(_FIXED[plain])
        elif _NUMBER.fullmatch(plain):
            found.append(int(plain))
        elif plain:
            found.append(plain)
    return found


def said(given: Sequence[str | int | bool | None]) -> str:
    """Values as :func:`values` reads them."""
    return ", ".join(_said(one) for one in given)


def _said(value: str | int | bool | None) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return value if values(value) == [value] else json.dumps(value, ensure_ascii=not value.isprintable())


def _unquoted(quoted: str) -> str:
    try:
        text = str(json.loads(quoted))
        text.encode()
    except (json.JSONDecodeError, UnicodeEncodeError):  # no JSON, or half a character
        return quoted
    return text


def _typed(given: Sequence[Any]) -> list[tuple[type, Any]]:
    """``1`` and ``true`` are equal for Python."""
    return [(type(one), one) for one in given]
