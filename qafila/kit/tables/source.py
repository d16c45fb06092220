"""A binary file as text lines in bounded memory: its encoding, its first characters, and marks on unusual lines."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from qafila.kit.tables import encodings
from qafila.kit.tables.rows import Limits, TableCode, TableError

SAMPLE_BYTES = 256 * 1024
_CHUNK_BYTES = 1024 * 1024

UNDECODED = re.compile("[\ud800-\udfff\ufffd]")
"""What decoding leaves behind where bytes were no text of the encoding."""


class _Bounded(io.RawIOBase):
    """A raw stream that gives its first bytes back, and refuses to go on past a limit."""

    def __init__(self, stream: BinaryIO, head: bytes, limit: int) -> None:
        self._stream = stream
        self._head = head
        self._left = limit
        self._limit = limit

    @property
    def passed(self) -> int:
        """Bytes that were given."""
        return self._limit - self._left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._head[: len(buffer)] if self._head else self._stream.read(len(buffer))
        self._head = self._head[len(piece) :]
        self._left -= len(piece)
        if self._left < 0:
            raise TableError(
                TableCode.FILE_TOO_LARGE, f"The file is larger than {self._limit} bytes.", limit=self._limit
            )
        buffer[: len(piece)] = piece
        return len(piece)


class LineSource:
    """Lines of a file, for a parser.

    :ivar encoding: what was found or chosen.
    :ivar sample: the first characters.
    :ivar sample_is_all: whether the sample is the whole file.
    :ivar unusual: set when a line passed that the fast path must not take; the reader resets it.
    :ivar too_long: set when a line was longer than the limit and was replaced by an empty one; the reader resets it.
    """

    def __init__(self, stream: BinaryIO, limits: Limits, chosen: str | None) -> None:
        self._stream = stream
        self._limits = limits
        self.unusual = False
        self.too_long = False
        self._size = 0
        head = self._find_encoding(chosen)
        codec = self.encoding.codec
        self.sample = head.decode(codec, "replace")
        self.sample_is_all = len(head) < SAMPLE_BYTES
        self._bounded = _Bounded(stream, head, limits.max_bytes)
        self._text = io.TextIOWrapper(
            io.BufferedReader(self._bounded, _CHUNK_BYTES),
            encoding=codec,
            errors="replace" if codec.startswith(("utf-16", "utf-32")) else "surrogateescape",
            newline="",
        )

    def __iter__(self) -> Iterator[str]:
        readline, limit = self._text.readline, self._limits.max_line
        max_cell, proven = self._limits.max_cell, self.encoding.proven
        while line := readline(limit):
            size = len(line)
            if (
                size > max_cell
                or "'" in line
                or "\x00" in line
                or not (proven or UNDECODED.search(line) is None)
            ):
                self.unusual = True
                if size >= limit and line[-1] not in "\r\n":
                    self.too_long = True
                    while line and line[-1] not in "\r\n":
                        line = readline(limit)
                    line = "\n"
            yield line

    @property
    def share(self) -> float:
        """How much of the file was taken in, 0 to 1; 0 where its size is not known."""
        return min(1.0, self._bounded.passed / self._size) if self._size else 0.0

    def _find_encoding(self, chosen: str | None) -> bytes:
        """Sets the encoding; returns the first bytes, which the text must begin with."""
        stream = self._stream
        if chosen:
            "".encode(chosen)
            self.encoding = encodings.Encoding(chosen)
            return _read_up_to(stream, SAMPLE_BYTES)
        if not stream.seekable():
            head = _read_up_to(stream, SAMPLE_BYTES)
            is_all = len(head) < SAMPLE_BYTES
            self.encoding = encodings.of_chunks([head], complete=is_all)
            return head
        start = stream.tell()
        self.encoding = encodings.of_chunks(self._pieces(), complete=True)
        self._size = stream.tell() - start
        stream.seek(start)
        return _read_up_to(stream, SAMPLE_BYTES)

    def _pieces(self) -> Iterator[bytes]:
        left = self._limits.max_bytes + _CHUNK_BYTES
        while left > 0 and (piece := self._stream.read(_CHUNK_BYTES)):
            left -= len(piece)
            yield piece


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
