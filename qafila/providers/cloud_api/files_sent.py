"""A file in a message."""

from __future__ import annotations

from typing import Any

from qafila.providers.cloud_api import limits
from qafila.providers.contents import Media, MediaKind

_CAPTIONED = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


def media(content: Media) -> dict[str, Any]:
    """A file as Meta names it: by id or by link, with what its kind may have besides."""
    if bool(content.ref) == bool(content.link):
        raise limits.refuse(limits.MALFORMED, "A file is named either by its id or by its address.")
    shaped: dict[str, Any] = (
        {"id": limits.text(content.ref, "id of the file", 512)}
        if content.ref
        else {"link": limits.link(content.link, "address of the file")}
    )
    if content.caption:
        if content.kind not in _CAPTIONED:
            raise limits.refuse(limits.MALFORMED, f"A file of the kind {content.kind.value} has no caption.")
        shaped["caption"] = limits.text(content.caption, "caption", limits.CAPTION)
    if content.filename:
        if content.kind is not MediaKind.DOCUMENT:
            raise limits.refuse(limits.MALFORMED, "Only a document has a file name.")
        shaped["filename"] = limits.text(content.filename, "file name", limits.FILENAME)
    if content.voice:
        if content.kind is not MediaKind.AUDIO:
            raise limits.refuse(limits.MALFORMED, "Only audio can be a voice message.")
        shaped["voice"] = True
    return shaped
