"""A text with fields: ``Hello {{name|friend}}``. Data, not code: a field names a column, and nothing is ever evaluated.

What is filled in is never read again, so a cell that looks like a field stays what it is. A field whose cell is empty and
that has no default stops the row: nobody gets "Hello ,", and nobody gets "Hello None".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from qafila.kit.tables.headers import fold

LONGEST_TEXT: Final = 8_192
_FIELD: Final = re.compile(r"\{\{([^{}|]{1,100})(?:\|([^{}]{0,500}))?\}\}")


class Field(NamedTuple):
    """A place that a cell fills.

    :ivar name: as it was written.
    :ivar key: the name without case and punctuation, as columns are found by.
    :ivar default: stands where the cell is empty; None: there is none.
    """

    name: str
    key: str
    default: str | None


Parts = Sequence[str | Field]


class TextFault(Exception):
    """The text cannot be used.

    :ivar code: ``field_braces`` or ``text_too_long``.
    :ivar params: values for its wording.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class FieldMissing(Exception):
    """A cell is empty, and its field has no default.

    :ivar name: the field as it was written.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def parse(text: str) -> Parts:
    """The text as plain pieces and fields, in their order.

    :raises TextFault: it is too long, or braces are left that belong to no field.
    """
    if len(text) > LONGEST_TEXT:
        raise TextFault("text_too_long", limit=LONGEST_TEXT)
    parts: list[str | Field] = []
    end = 0
    for found in _FIELD.finditer(text):
        _add_plain(parts, text[end : found.start()])
        name = found.group(1).strip()
        key = _key(name)
        if not key:
            raise TextFault("field_braces", field=found.group(0)[:60])
        parts.append(Field(name, key, found.group(2)))
        end = found.end()
    _add_plain(parts, text[end:])
    return tuple(parts)


def fields_of(parts: Parts) -> list[Field]:
    """The fields, each name once."""
    found = {part.key: part for part in reversed(parts) if isinstance(part, Field)}
    return list(reversed(found.values()))


def unknown_fields(parts: Parts, known: Mapping[str, object]) -> list[str]:
    """Names of fields that no column answers to, as they were written."""
    return [field.name for field in fields_of(parts) if field.key not in known]


def render(parts: Parts, values: Mapping[str, str]) -> tuple[str, bool]:
    """The finished text, and whether a default had to stand in.

    :param values: cell by field key; a key that is missing counts as an empty cell.
    :raises FieldMissing: a cell is empty and its field has no default.
    """
    out: list[str] = []
    defaulted = False
    for part in parts:
        if isinstance(part, str):
            out.append(part)
            continue
        value = values.get(part.key, "").strip()
        if not value:
            if part.default is None:
                raise FieldMissing(part.name)
            value, defaulted = part.default, True
        out.append(value)
    return "".join(out), defaulted


@functools.lru_cache(maxsize=2_048)
def _key(name: str) -> str:
    return fold(name)


def _add_plain(parts: list[str | Field], piece: str) -> None:
    for braces in ("{{", "}}"):
        place = piece.find(braces)
        if place >= 0:
            raise TextFault("field_braces", field=piece[place : place + 30])
    if piece:
        parts.append(piece)
