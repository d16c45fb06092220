"""What stands around every message with something to press: header, text and footer."""

from __future__ import annotations

from typing import Any

from qafila.providers.cloud_api import files_sent, limits
from qafila.providers.contents import Frame, Media, MediaKind

_HEADERS = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT)


def framed(
    kind: str,
    body: str,
    frame: Frame,
    action: dict[str, Any],
    *,
    limit: int = limits.INTERACTIVE_BODY,
    must: bool = True,
) -> dict[str, Any]:
    """Meta's ``interactive`` object of a kind. ``must``: there has to be a text. Raises :class:`ProviderError` (CONTENT)."""
    shaped: dict[str, Any] = {"type": kind, "action": action}
    if text := limits.text(body, "text", limit, must=must):
        shaped["body"] = {"text": text}
    if frame.header is not None:
        shaped["header"] = _header(frame.header)
    if frame.footer:
        shaped["footer"] = {"text": limits.text(frame.footer, "footer", limits.FOOTER)}
    return shaped


def _header(header: str | Media) -> dict[str, Any]:
    if isinstance(header, str):
        return {"type": "text", "text": limits.text(header, "header", limits.HEADER)}
    if header.kind not in _HEADERS or header.caption:
        raise limits.refuse(
            limits.MALFORMED, "A header is a text, or an image, a video or a document without caption."
        )
    return {"type": header.kind.value, header.kind.value: files_sent.media(header)}
