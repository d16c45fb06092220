"""The texts that the cells of a workbook share: in memory while they are few, in a temporary file when they are many."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable
from typing import BinaryIO, cast

from qafila.kit.tables.xlsx.archive import unreadable, unsafe
from qafila.kit.tables.xlsx.parsing import Parser, unescape

_IN_MEMORY = 8_000_000
"""Characters; beyond, everything goes to the file."""
TOO_LONG = "\ue000too long\ue000"
"""Stands for a text that is longer than a cell may be."""


class SharedStrings:
    """Texts by number. Close it: the temporary file goes with it.

    :param most: more texts than this are refused: a workbook that is honest has a cell for each of its texts.
    :raises TableError: ``file_unsafe``, ``file_unreadable``.
    """

    def __init__(self, pieces: Iterable[bytes], *, most: int, max_cell: int) -> None:
        self._most = most
        self._kept: list[str] = []
        self._characters = 0
        self._file: BinaryIO | None = None
        self._starts = array("Q")
        self._end = 0
        self._pending: list[bytes] = []
        self._whole = ""
        self._phonetic = False
        self._parser = Parser(self._on_start, self._on_end, longest_text=max_cell)
        try:
            self._parser.run(pieces)
            self._flush()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Forgets all texts."""
        if self._file is not None:
            self._file.close()

    def __getitem__(self, number: int) -> str:
        if self._file is None:
            try:
                return self._kept[number] if number >= 0 else ""
            except IndexError:
                raise unreadable("a cell names a text that is not there") from None
        if not 0 <= number < len(self._starts):
            raise unreadable("a cell names a text that is not there")
        begin = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else self._end
        self._file.seek(begin)
        return self._file.read(end - begin).decode("utf-8", "surrogatepass")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            if not self._phonetic:
                self._parser.collect()
        elif name == "rPh":
            self._phonetic = True
        elif name == "sst":
            declared = attributes.get("uniqueCount", "0")
            if declared.isdecimal() and int(declared[:12]) > self._most:
                raise unsafe("it holds more texts than cells")

    def _on_end(self, name: str) -> None:
        if name == "t":
            self._parser.leave()
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            parser = self._parser
            self._add(TOO_LONG if parser.too_long else unescape(parser.text))
            parser.text, parser.too_long = "", False

    def _add(self, text: str) -> None:
        if len(self._starts) + len(self._kept) >= self._most:
            raise unsafe("it holds more texts than cells")
        if self._file is None:
            self._kept.append(text)
            self._characters += len(text) + 50
            if self._characters > _IN_MEMORY:
                self._file = cast(BinaryIO, tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 - see close()
                for kept in self._kept:
                    self._spill(kept)
                self._kept = []
            return
        self._spill(text)

    def _spill(self, text: str) -> None:
        encoded = text.encode("utf-8", "surrogatepass")
        self._starts.append(self._end)
        self._end += len(encoded)
        self._pending.append(encoded)
        if len(self._pending) > 5_000:
            self._flush()

    def _flush(self) -> None:
        if self._file is not None:
            self._file.write(b"".join(self._pending))
        self._pending = []
