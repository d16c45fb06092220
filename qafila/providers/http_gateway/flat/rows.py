"""Objects and lists of a set-up as rows of a form, and back. What rows cannot show stays where it is."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Row = dict[str, str]

MOST_ROWS: Final = 60
"""Of a body. What is beyond stays in the text."""
LONGEST_TEXT: Final = 2_000
COLUMNS: Final = {
    "body": ("name", "text"),
    "query": ("name", "text"),
    "headers": ("name", "text"),
    "states": ("word", "state"),
}
"""Objects whose entries are rows: what name and value are called there."""
CHOSEN: Final = frozenset({"test", "failure", "state"})
"""Columns with a list to choose from: something always stands there, so they do not make a row filled."""


class Clash(ValueError):
    """Two entries of an object cannot both be: they have one name, or one stands within the other.

    :ivar name: of the object. :ivar row: the later one's, from 0.
    """

    def __init__(self, name: str, row: int) -> None:
        super().__init__(f"Row {row} of {name} has a name that is taken.")
        self.name = name
        self.row = row


def is_empty(row: Mapping[str, str]) -> bool:
    """Whether nobody wrote anything into it."""
    return not any(text for name, text in row.items() if name not in CHOSEN)


def filled(rows: Sequence[Row]) -> list[Row]:
    """The rows that somebody wrote something into."""
    return [row for row in rows if not is_empty(row)]


def of_object(name: str, mapping: Mapping[str, Any]) -> list[Row]:
    """What rows show of an object; of a body what lies deeper, too, with dots in its name: ``message.text``."""
    key, value = COLUMNS[name]
    return [{key: one, value: text} for one, text in _pairs(name, mapping)]


def rest_of(name: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without what rows show, and without what is empty only because of that."""
    found = copy.deepcopy(dict(mapping))
    for key, _text in _pairs(name, mapping):
        _remove(found, key.split(".") if name == "body" else [key])
    return found


def to_object(name: str, rows: Sequence[Row], base: Mapping[str, Any]) -> dict[str, Any]:
    """The object that rows describe, with what they do not show of ``base``. Raises :class:`Clash`."""
    found = rest_of(name, base)
    key, value = COLUMNS[name]
    for place, row in enumerate(rows):
        if is_empty(row):
            continue
        at: Any = found
        *above, last = row[key].split(".") if name == "body" else [row[key]]
        for step in above:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                raise Clash(name, place)
        if last in at:
            raise Clash(name, place)
        at[last] = row[value]
    return found


def merged(
    items: Sequence[Any],
    rows: Sequence[Row],
    row_of: Callable[[Any], Row | None],
    make: Callable[[Row], Any],
) -> tuple[list[Any], list[int | None]]:
    """A list anew, in its order, and which row each of its items comes from (None: no row can show it).

    The first rows are those of the items that were there and can be shown; an empty one takes its item away.
    """
    found: list[tuple[Any, int | None]] = []
    free = 0
    for item in items:
        if (was := row_of(item)) is None:
            found.append((item, None))
            continue
        if free < len(rows) and not is_empty(rows[free]):
            found.append((item if rows[free] == was else make(rows[free]), free))
        free += 1
    found += [(make(rows[place]), place) for place in range(free, len(rows)) if not is_empty(rows[place])]
    return [item for item, _row in found], [row for _item, row in found]


def line(text: str) -> str:
    """As an input of one line gives a text back."""
    return " ".join(text.replace("\0", "\n").splitlines()).strip()


def lines(text: str) -> str:
    """As an input of several lines gives a text back."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ").strip()


def _pairs(name: str, mapping: Mapping[str, Any]) -> list[tuple[str, str]]:
    if name == "body":
        return list(itertools.islice(_leaves(mapping, ""), MOST_ROWS))
    return [
        (key, text)
        for key, text in mapping.items()
        # A gateway's words are compared in lower case, so the form writes them so.
        if key and _is_line(key) and _is_line(text) and (name != "states" or key == key.lower())
    ]


def _leaves(body: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in body.items():
        if key and "." not in key and _is_line(key):
            if isinstance(value, Mapping):
                yield from _leaves(value, f"{before}{key}.")
            elif isinstance(value, str) and _is_line(value):
                yield f"{before}{key}", value


def _remove(mapping: dict[str, Any], steps: Sequence[str]) -> None:
    if len(steps) == 1:
        del mapping[steps[0]]
        return
    _remove(mapping[steps[0]], steps[1:])
    if not mapping[steps[0]]:
        del mapping[steps[0]]


def _is_line(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and text == line(text)
