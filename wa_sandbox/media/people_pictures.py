"""Small valid files for people to send when a test or the page brings none of its own."""

import base64
import struct
import zlib


def png(width: int = 64, height: int = 48, colour: tuple[int, int, int] = (37, 170, 120)) -> bytes:
    """A PNG of one colour."""
    return png_of([bytes(colour) * width] * height, width=width)


def png_of(rows: list[bytes], *, width: int, colours: bool = True) -> bytes:
    """A PNG of rows of pixels: three bytes each, or one each (grey)."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2 if colours else 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(b"\x00" + row for row in rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
_PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb" + bytes(5)
_MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"


def sample(kind: str) -> tuple[str, bytes, str]:
    """A content type, a file and its name for image, sticker, document, audio (also voice) or video."""
    if kind == "image":
        return "image/png", png(), "picture.png"
    if kind == "sticker":
        return "image/webp", _WEBP, "sticker.webp"
    if kind == "document":
        return "application/pdf", _PDF, "document.pdf"
    if kind in ("audio", "voice"):
        return "audio/ogg; codecs=opus", _OGG, "voice.ogg"
    return "video/mp4", _MP4, "video.mp4"
