"""From a row of a file to a recipient: which cell is what, what a person mended, how the text is made. Used alike by the
check before a contract and by the import that writes the books, so that both say the same of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qafila.campaigns.rules import components, fields
from qafila.campaigns.rules.fields import FieldMissing, Parts
from qafila.campaigns.rules.recipients import Recipient, read_recipient
from qafila.kit.tables import BadRow, Row
from qafila.kit.tables.headers import NAME, PHONE, fold

SHEET_FAULTS: Final = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#DIV/0!", "#SPILL!", "#CALC!", "#FORMULA!"}
)
"""What a spreadsheet shows where a formula has no value; never meant as words to a person."""


@dataclass(slots=True)
class Read:
    """A row, read.

    :ivar column: the 0-based column that is to blame, where one is.
    :ivar mended: a person changed a cell of it.
    :ivar defaulted: a default stood in for an empty cell.
    """

    recipient: Recipient
    values: Sequence[str] = ()
    column: int | None = None
    mended: bool = False
    defaulted: bool = False


@dataclass(slots=True)
class RowReader:
    """How the rows of one file are read.

    :ivar columns: ``phone``, ``name``, ``message`` (and ``param:HEADER``) to 0-based column.
    :ivar header: of the file; its words are names of fields.
    :ivar region: reads national numbers.
    :ivar templated: a template carries the messages.
    :ivar params: headers of columns that fill a template's numbered variables (uploads through the API).
    :ivar text: the one text for everybody, parsed.
    :ivar values: for each variable of a template its text, parsed; by position or by name. Empty: it has none.
    :ivar more: the same for what the template asks for outside its body, by the keys of ``rules.components.Slot``.
    :ivar mended: row number to column to what a person wrote there.
    """

    columns: Mapping[str, int]
    header: Sequence[str] = ()
    region: str | None = None
    templated: bool = False
    params: Sequence[str] = ()
    text: Parts | None = None
    values: Sequence[Parts] | Mapping[str, Parts] | None = None
    more: Mapping[str, Parts] = field(default_factory=dict)
    mended: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    _keys: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._keys = field_columns(self.header, self.columns)

    def read(self, row: Row | BadRow) -> Read:
        """One row; never raises on content."""
        if isinstance(row, BadRow):
            refused = Recipient(row.number, "", "", "", reason=row.reason.value, words=row.params)
            return Read(refused, row.values)
        values, mended = row.values, False
        if self.mended and (cells := self.mended.get(row.number)):
            values, mended = list(values), True
            for column, cell in cells.items():
                if 0 <= column < len(values):
                    values[column] = cell
        read = Read(Recipient(row.number, "", "", ""), values, mended=mended)
        self._fill(read, row.number)
        return read

    def _fill(self, read: Read, number: int) -> None:
        values, columns = read.values, self.columns
        raw: dict[str, Any] = {"phoneNumber": values[columns[PHONE]]}
        name = columns.get(NAME)
        if name is not None and values[name].strip():
            raw["name"] = values[name]
        more: dict[str, str] = {}
        missing = self._put_content(raw, read, more)
        read.recipient = read_recipient(
            raw, number, region=self.region, templated=self.templated, named_template=self.values is not None
        )
        if read.recipient.reason:
            read.column = self._to_blame(read.recipient.wrong)
            return
        fault = self._sheet_fault(values)
        if fault is not None:
            read.column = fault
            _refuse(read.recipient, "sheet_error", value=values[fault])
        elif missing is not None:
            read.column = self._keys.get(fold(missing))
            _refuse(read.recipient, "field_missing", field=missing)
        elif more:
            self._add(read, more)

    def _add(self, read: Read, more: dict[str, str]) -> None:
        """What fills the template outside its body, beside the values of the body."""
        for key, value in more.items():
            if code := components.value_fault(key, value):
                used = [one.key for one in fields.fields_of(self.more[key])]
                read.column = self._keys.get(used[0]) if used else None
                _refuse(
                    read.recipient, code, value=value[:100], limit=components.longest(components.kind_of(key))
                )
                return
        read.recipient.params = {"body": read.recipient.params or [], "more": more}

    def _put_content(self, raw: dict[str, Any], read: Read, more: dict[str, str]) -> str | None:
        """Puts message and parameters into what is read; the name of a field that is empty, or None."""
        values = read.values
        try:
            if self.text is not None:
                raw["message"], read.defaulted = fields.render(self.text, self._cells(values))
            elif "message" in self.columns:
                raw["message"] = values[self.columns["message"]]
            if self.params:
                raw["params"] = [values[self.columns[f"param:{header}"]] for header in self.params]
            elif self.values is not None:
                raw["params"] = self._rendered(read) if self.values else []
            for key, parts in self.more.items():
                more[key], defaulted = fields.render(parts, self._cells(values))
                read.defaulted = read.defaulted or defaulted
        except FieldMissing as missing:
            raw["message"] = "…"  # so that the number of the row is still judged
            return missing.name
        return None

    def _rendered(self, read: Read) -> list[str] | dict[str, str]:
        cells = self._cells(read.values)
        if isinstance(self.values, Mapping):
            named = {name: fields.render(parts, cells) for name, parts in self.values.items()}
            read.defaulted = any(defaulted for _, defaulted in named.values())
            return {name: text for name, (text, _) in named.items()}
        listed = [fields.render(parts, cells) for parts in self.values or ()]
        read.defaulted = any(defaulted for _, defaulted in listed)
        return [text for text, _ in listed]

    def _cells(self, values: Sequence[str]) -> dict[str, str]:
        return {key: values[column] for key, column in self._keys.items()}

    def _sheet_fault(self, values: Sequence[str]) -> int | None:
        """A column that is used and holds a spreadsheet's complaint instead of a value."""
        for column in self._used():
            cell = values[column]
            if cell.startswith("#") and cell.strip().upper() in SHEET_FAULTS:
                return column
        return None

    def _used(self) -> set[int]:
        used = {column for name, column in self.columns.items() if name != "message" or self.text is None}
        several = self.values.values() if isinstance(self.values, Mapping) else self.values or ()
        for parts in (self.text or (), *several, *self.more.values()):
            used |= {self._keys[one.key] for one in fields.fields_of(parts) if one.key in self._keys}
        return used

    def _to_blame(self, wrong: str) -> int | None:
        return self.columns.get({"phoneNumber": PHONE, "message": "message", "name": NAME}.get(wrong, ""))


def field_columns(header: Sequence[str], columns: Mapping[str, int]) -> dict[str, int]:
    """Field key to column: every heading of the file, and ``name`` and ``phone`` for the columns that were chosen."""
    found: dict[str, int] = {}
    for column, heading in enumerate(header):
        if key := fold(heading):
            found.setdefault(key, column)
    for chosen in (NAME, PHONE):
        if chosen in columns:
            found.setdefault(chosen, columns[chosen])
    return found


def _refuse(recipient: Recipient, reason: str, **words: Any) -> None:
    recipient.reason = reason
    recipient.wrong = "message"
    recipient.words = words
    recipient.params = None
