"""What a file is, by its first bytes: what its name or its sender says of it does not count."""

from __future__ import annotations

from pathlib import PurePosixPath

NEEDED = 4096
"""Bytes that are enough to say."""

UNKNOWN = "application/octet-stream"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_OLD_OFFICE = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
_OFFICE_PARTS = {b"word/": ".docx", b"xl/": ".xlsx", b"ppt/": ".pptx"}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<!doctype html", b"<html", b"<svg", b"<?xml", b"<script")


def detect(beginning: bytes, filename: str = "") -> str:
    """The MIME type by the first :data:`NEEDED` bytes; ``application/octet-stream`` where they say nothing.

    :param filename: helps to tell office files from one another, whose beginnings are alike; it decides nothing else.
    """
    for start, mime in _STARTS:
        if beginning.startswith(start):
            return mime
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    if beginning[4:8] == b"ftyp":
        return _by_brand(beginning[8:12])
    suffix = PurePosixPath(filename.lower()).suffix
    if beginning.startswith(_ZIP):
        return _zipped(beginning, suffix)
    if beginning.startswith(_OLE):
        return _OLD_OFFICE.get(suffix, UNKNOWN)
    return _text(beginning)


def _by_brand(brand: bytes) -> str:
    if brand[:3] == b"M4A":
        return "audio/mp4"
    return "video/3gpp" if brand[:2] in (b"3g",) else "video/mp4"


def _zipped(beginning: bytes, suffix: str) -> str:
    found = next((ending for part, ending in _OFFICE_PARTS.items() if part in beginning), suffix)
    return _OFFICE.get(found, "application/zip")


def _text(beginning: bytes) -> str:
    """Text is UTF-8 without control characters; a page or a drawing that a browser would run is none."""
    if not beginning or b"\x00" in beginning:
        return UNKNOWN
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as exc:
        # The cut at the end of the sample may lie in the middle of a character.
        if exc.start < len(beginning) - 3:
            return UNKNOWN
    head = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if head.startswith(_MARKUP):
        return "text/html" if b"html" in head or b"script" in head else "application/xml"
    return "text/plain"
