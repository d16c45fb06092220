"""What is remembered of the rows while a file is checked: figures, examples, and whose message to look at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from qafila.campaigns.rules.recipients import Recipient, keepable
from qafila.campaigns.rules.row_reader import Read
from qafila.campaigns.rules.templates import is_flattened
from qafila.kit.rng import Rng
from qafila.providers.contents_json import values_in

FIRST_ROWS: Final = 20
REFUSED_ROWS: Final = 200
ANYBODY: Final = 100
DEFAULTED: Final = 20
LENGTHS: Final = 500
_MOST_REASONS: Final = 200
_CELL: Final = 200
_COLUMNS: Final = 12


@dataclass(slots=True)
class Tally:
    """Grows row by row; :meth:`result` is what a draft keeps (JSON).

    :ivar once_per_number: the duplicate rule.
    """

    rng: Rng
    once_per_number: bool = False
    good: int = 0
    mended: int = 0
    refused: int = 0
    repeated: int = 0
    standing: int = 0
    flattened: int = 0
    defaulted: int = 0
    _reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    _words: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _first: list[dict[str, Any]] = field(default_factory=list)
    _refused_rows: list[dict[str, Any]] = field(default_factory=list)
    _anybody: list[dict[str, Any]] = field(default_factory=list)
    _defaulted_rows: list[dict[str, Any]] = field(default_factory=list)
    _longest: dict[str, Any] | None = None
    _longest_length: int = -1
    _lengths: list[int] = field(default_factory=list)

    def add(self, read: Read, *, stands: bool = False) -> bool:
        """Counts one row. True: it is good and not a repetition, so it has a recipient.

        :param stands: the contract that the rows are for says the same to that number already: a repetition too.
        """
        recipient = read.recipient
        if len(self._first) < FIRST_ROWS:
            self._first.append(row_of(read))
        if recipient.reason:
            self.refused += 1
            self._count(recipient)
            if len(self._refused_rows) < REFUSED_ROWS:
                self._refused_rows.append(row_of(read))
            return False
        if self._is_repeated(read) or stands:
            self.repeated += 1
            self.standing += stands
            if len(self._first) <= FIRST_ROWS and self._first[-1]["row"] == recipient.row:
                self._first[-1]["repeated"] = True
            return False
        self.good += 1
        self.mended += read.mended
        self._remember(read)
        return True

    def result(self) -> dict[str, Any]:
        """The figures and examples."""
        return {
            "good": self.good,
            "mended": self.mended,
            "refused": self.refused,
            "repeated": self.repeated,
            "standing": self.standing,
            "total": self.good + self.refused + self.repeated,
            "flattened": self.flattened,
            "defaulted": self.defaulted,
            "reasons": [
                {"code": key[0], "words": self._words[key], "count": count}
                for key, count in self._reasons.most_common(30)
            ],
            "first": self._first,
            "refused_rows": self._refused_rows,
            "anybody": self._anybody,
            "defaulted_rows": self._defaulted_rows,
            "longest": self._longest,
            "lengths": self._lengths,
        }

    def _count(self, recipient: Recipient) -> None:
        """Counts a reason; the same one apart for each field that is empty. Its words are those of its first row."""
        key = (recipient.reason, str(recipient.words.get("field", "")))
        if key not in self._words:
            if len(self._words) >= _MOST_REASONS:
                key = (recipient.reason, "")
            self._words.setdefault(key, {name: _plain(value) for name, value in recipient.words.items()})
        self._reasons[key] += 1

    def _is_repeated(self, read: Read) -> bool:
        recipient = read.recipient
        content = (recipient.body, str(recipient.params))
        key = hash((recipient.digits, "") if self.once_per_number else (recipient.digits, *content))
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _remember(self, read: Read) -> None:
        recipient = read.recipient
        params = recipient.params
        values = values_in(params)
        self.flattened += any(is_flattened(value) for value in values or (recipient.body,))
        length = len(recipient.body) if params is None else sum(map(len, values))
        if self.good <= LENGTHS:
            self._lengths.append(length)
        if read.defaulted:
            self.defaulted += 1
            if len(self._defaulted_rows) < DEFAULTED:
                self._defaulted_rows.append(preview_of(read, self.good))
        if length > self._longest_length:
            self._longest, self._longest_length = preview_of(read, self.good), length
        # Reservoir sampling: in the end each recipient stands among these with the same chance.
        if len(self._anybody) < ANYBODY:
            self._anybody.append(preview_of(read, self.good))
        elif (place := self.rng.randint(0, self.good - 1)) < ANYBODY:
            self._anybody[place] = preview_of(read, self.good)


def row_of(read: Read) -> dict[str, Any]:
    """A row for a table on a page: cut where it would be too much."""
    recipient = read.recipient
    return {
        "row": recipient.row,
        "cells": [_cut(value) for value in read.values[:_COLUMNS]],
        "code": recipient.reason,
        "words": {key: _plain(value) for key, value in recipient.words.items()},
        "column": read.column,
        "mended": read.mended,
        "digits": recipient.digits,
    }


def preview_of(read: Read, place: int) -> dict[str, Any]:
    """A recipient for the phone: its place among the good ones, number, name, text, values of a template."""
    recipient = read.recipient
    return {
        "place": place,
        "row": recipient.row,
        "digits": recipient.digits,
        "name": recipient.name,
        "body": recipient.body,
        "params": recipient.params,
        "defaulted": read.defaulted,
    }


def _cut(value: str) -> str:
    return keepable(value if len(value) <= _CELL else value[: _CELL - 1] + "…")


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else _cut(str(value))
