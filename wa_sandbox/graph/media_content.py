"""Media in messages: image, audio, video, document and sticker, by id of an upload or by link.

Limits: provider facts A1, A2 and Meta's table of supported media. A type that does not fit what was uploaded is
accepted and fails later with 131053, as Meta does it after processing.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.words import invalid, missing, text_in, wrong

CAPTION_AT_MOST: Final = 1024
FILENAME_AT_MOST: Final = 240
LINK_AT_MOST: Final = 4096
MEDIA_KINDS: Final = ("image", "audio", "video", "document", "sticker")
KB, MB = 1024, 1024 * 1024

# mime type → the kinds of message it may be sent as, and the most bytes it may have
MIME_TYPES: Final[dict[str, tuple[str, int]]] = {
    "audio/aac": ("audio", 16 * MB),
    "audio/mp4": ("audio", 16 * MB),
    "audio/mpeg": ("audio", 16 * MB),
    "audio/amr": ("audio", 16 * MB),
    "audio/ogg": ("audio", 16 * MB),
    "audio/opus": ("audio", 16 * MB),
    "application/vnd.ms-powerpoint": ("document", 100 * MB),
    "application/msword": ("document", 100 * MB),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("document", 100 * MB),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("document", 100 * MB),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("document", 100 * MB),
    "application/pdf": ("document", 100 * MB),
    "text/plain": ("document", 100 * MB),
    "application/vnd.ms-excel": ("document", 100 * MB),
    "image/jpeg": ("image", 5 * MB),
    "image/png": ("image", 5 * MB),
    "image/webp": ("sticker", 500 * KB),
    "video/mp4": ("video", 16 * MB),
    "video/3gpp": ("video", 16 * MB),
}


@dataclass(frozen=True, slots=True)
class MediaUse:
    """One use of media in a message: as what, where in the body, and the id of an upload or a link."""

    kind: str
    where: str
    media_id: str | None
    link: str | None


def plain_mime(given: str) -> str:
    """A content type without its parameters, in lower case."""
    return given.split(";", 1)[0].strip().lower()


def fits(kind: str, mime: str) -> bool:
    """Whether a file of this type may be sent as an image, a video... Documents may be anything."""
    known = MIME_TYPES.get(plain_mime(mime))
    return kind == "document" or (known is not None and known[0] == kind)


def media_use(holder: dict[str, Any], kind: str, where: str) -> MediaUse:
    """The media an object names: exactly one of `id` and `link`. Raises Refusal."""
    media_id, link = holder.get("id"), holder.get("link")
    if media_id in (None, "") and link in (None, ""):
        raise Refusal(
            100, title=f"Param {where} must have either an 'id' or a 'link'.", details="", plain=True
        )
    if media_id not in (None, ""):
        if isinstance(media_id, bool) or not isinstance(media_id, str | int):
            raise wrong(f"{where}['id']", "must be a string")
        return MediaUse(kind, where, str(media_id), None)
    if not isinstance(link, str) or len(link) > LINK_AT_MOST:
        raise wrong(f"{where}['link']", "must be a valid URI")
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise wrong(f"{where}['link']", "must be a valid URI")
    return MediaUse(kind, where, None, link)


def can_be_fetched(link: str) -> bool:
    """The sandbox fetches nothing; a host under `.invalid` (RFC 2606) stands for a link that cannot be reached."""
    return not (urlsplit(link).hostname or "").endswith(".invalid")


def read_media(kind: str, payload: dict[str, Any]) -> tuple[str, dict[str, Any], list[MediaUse]]:
    """The text, what a phone shows, and the media of an image, audio, video, document or sticker. Raises Refusal."""
    use = media_use(payload, kind, kind)
    caption = payload.get("caption")
    if caption not in (None, "") and kind in ("audio", "sticker"):
        raise invalid(f"Param {kind}['caption'] is not supported for {kind} messages.")
    caption = text_in(payload, "caption", f"{kind}['caption']", at_most=CAPTION_AT_MOST, required=False)
    media: dict[str, Any] = {"kind": kind, "id": use.media_id, "link": use.link}
    if kind == "document":
        media["filename"] = text_in(
            payload, "filename", "document['filename']", at_most=FILENAME_AT_MOST, required=False
        )
    if kind == "audio" and payload.get("voice"):
        media["voice"] = True
    return caption or f"[{kind}]", {"type": kind, "media": media, "text": caption or ""}, [use]


def header_media(header: dict[str, Any], kind: str, where: str) -> MediaUse:
    """The media of a header: `{"type": "image", "image": {"id"...}}`. Raises Refusal."""
    holder = header.get(kind)
    if not isinstance(holder, dict):
        raise missing(f"{where}['{kind}']")
    return media_use(holder, kind, f"{where}['{kind}']")
