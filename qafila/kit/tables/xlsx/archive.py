"""The ZIP around an XLSX, judged before anything in it is inflated, and measured again while it is."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from qafila.kit.tables.rows import TableCode, TableError

ZIP_BEGINS = b"PK\x03\x04"
OLE_BEGINS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = b"PK\x05\x06"
_END_SEARCH = 65_557
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")

MOST_MEMBERS = 2_000
MOST_DIRECTORY = 1_000_000
MOST_INFLATED = 1_500_000_000
"""Bytes of XML in the whole file: a million rows of five texts are about 400 MB."""
MOST_RATIO = 200
"""How much larger than its packed form a big part may be. The same text in a million rows reaches 70; a bomb 1,000."""
_RATIO_COUNTS_FROM = 8_000_000
SMALL_PART = 8_000_000
CHUNK = 16_384


def unsafe(what: str) -> TableError:
    """The refusal of a file that is built to do harm, or so odd that nobody should have to tell the difference."""
    return TableError(TableCode.FILE_UNSAFE, f"The file is not read: {what}.", what=what)


def unreadable(what: str) -> TableError:
    """The refusal of a file that is damaged or is no XLSX."""
    return TableError(TableCode.FILE_UNREADABLE, f"The file cannot be read: {what}.", what=what)


def refuse_ole(stream: BinaryIO, size: int) -> TableError:
    """Why a file that begins like Excel's old container is not read: a password, or the old format."""
    stream.seek(0)
    head = stream.read(2_000_000)
    stream.seek(max(0, size - 2_000_000))
    if _ENCRYPTED_PACKAGE in head or _ENCRYPTED_PACKAGE in stream.read(2_000_000):
        return TableError(TableCode.FILE_ENCRYPTED, "The file is protected by a password.")
    return TableError(TableCode.FILE_OLD_FORMAT, "The file has Excel's format of before 2007 (.xls).")


class Archive:
    """A judged ZIP. Parts are read by name, never written to disk.

    :raises TableError: ``file_unsafe``, ``file_unreadable``, ``file_encrypted``, ``file_too_large``.
    """

    def __init__(self, stream: BinaryIO, *, max_bytes: int) -> None:
        _check_end(stream, max_bytes)
        try:
            self._zip = zipfile.ZipFile(stream)
        except (
            zipfile.BadZipFile,
            ValueError,
            NotImplementedError,
            UnicodeDecodeError,
            struct.error,
        ) as refusal:
            raise unreadable("the archive is damaged") from refusal
        self._members = _judged(self._zip.infolist())

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """All parts, as they lie in the archive."""
        return list(self._members)

    def size(self, name: str) -> int:
        """Inflated bytes of a part, as declared (and enforced while reading)."""
        return self._members[name].file_size

    def small(self, name: str) -> bytes:
        """A part that has to fit in memory."""
        if self.size(name) > SMALL_PART:
            raise unsafe("a part of the workbook is too large")
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces of 16 kB."""
        member = self._members[name]
        left = member.file_size
        try:
            with self._zip.open(member) as part:
                while piece := part.read(CHUNK):
                    left -= len(piece)
                    if left < 0:
                        raise unsafe("a part is larger than it says")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as refusal:
            raise unreadable("the archive is damaged") from refusal
        except RuntimeError as refusal:
            raise TableError(TableCode.FILE_ENCRYPTED, "The file is protected by a password.") from refusal


def _check_end(stream: BinaryIO, max_bytes: int) -> None:
    """Bounds the archive's directory before the library reads it as a whole."""
    size = stream.seek(0, 2)
    if size > max_bytes:
        raise TableError(
            TableCode.FILE_TOO_LARGE, f"The file is larger than {max_bytes} bytes.", limit=max_bytes
        )
    stream.seek(max(0, size - _END_SEARCH))
    tail = stream.read(_END_SEARCH)
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        raise unreadable("the archive is cut off")
    entries, directory = struct.unpack("<10xHI6x", tail[place : place + 22])
    if (
        entries == 0xFFFF
        or directory == 0xFFFFFFFF
        or tail[max(0, place - 20) : place].startswith(b"PK\x06\x07")
    ):
        raise unsafe("the archive has more parts than a workbook has")
    if entries > MOST_MEMBERS or directory > MOST_DIRECTORY:
        raise unsafe("the archive has more parts than a workbook has")
    stream.seek(0)


def _judged(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for member in members:
        name = member.filename.lstrip("/")
        if name.lower() in found:
            raise unsafe("two parts have the same name")
        if member.flag_bits & 0x1:
            raise TableError(TableCode.FILE_ENCRYPTED, "The file is protected by a password.")
        total += member.file_size
        if member.file_size > _RATIO_COUNTS_FROM and member.file_size > MOST_RATIO * max(
            1, member.compress_size
        ):
            raise unsafe("it would swell to many times its size")
        found[name.lower()] = member
    if total > MOST_INFLATED:
        raise unsafe("it would swell to many times its size")
    if any(not _is_plain(member) for member in members):
        raise unsafe("it is packed in an unusual way")
    return found


def _is_plain(member: zipfile.ZipInfo) -> bool:
    return member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
