"""Files in messages: how they are shown, and how they are served.

Only pictures, sounds and films of known types are shown. Anything else is offered for download as bytes without a type,
so that a file cannot become a page of this site.
"""

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from wa_sandbox.admin.answering import admin, problem, sandbox_of
from wa_sandbox.media.store import Media
from wa_sandbox.page.html import Html, bdi, h, join
from wa_sandbox.page.icons import icon
from wa_sandbox.page.state import Look

SHOWN_TYPES: Final = {
    kind: kind.partition("/")[0]
    for kind in (
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/opus",
        "video/mp4",
        "video/3gpp",
        "video/webm",
    )
}
DRAWINGS: Final = {
    "image": "picture",
    "sticker": "picture",
    "video": "film",
    "audio": "sound",
    "document": "file",
}
WORDS: Final = {
    "image": "Picture",
    "sticker": "Sticker",
    "video": "Video",
    "audio": "Sound",
    "document": "Document",
}
POLICY: Final = "default-src 'none'; sandbox"


def plain_type(mime: str) -> str:
    """A content type without parameters if it is one that may be shown; "" for all others."""
    kind = mime.partition(";")[0].strip().lower()
    return kind if kind in SHOWN_TYPES else ""


def file_tile(
    look: Look, kind: str, media_id: str, link: str, filename: str = "", *, voice: bool = False
) -> Html:
    """A file of a message: the picture itself, a player, or a card to download."""
    media = look.box.media.get(media_id, look.box.clock.now()) if media_id else None
    if media is None:
        return _absent(kind, media_id, link, filename)
    shown = SHOWN_TYPES.get(plain_type(media.mime))
    address = f"/page/media/{quote(media.id, safe='')}"
    name = filename or media.filename
    if shown == "image" and kind in ("image", "sticker"):
        picture = h("img", src=address, alt=f"{WORDS[kind]} {name}".strip(), loading="lazy")
        opened = h("a", picture, href=address, target="_blank", rel="noopener")
        return h("div", opened, class_=f"picture {kind}")
    if shown == "video" and kind == "video":
        player = h("video", src=address, controls=True, preload="metadata", aria_label=f"Video {name}")
        return h("div", player, class_="picture video")
    if shown == "audio" and kind == "audio":
        player = h(
            "audio",
            src=address,
            controls=True,
            preload="metadata",
            aria_label="Voice message" if voice else "Sound",
        )
        return h("div", icon("sound") if voice else None, player, class_="sound")
    return h(
        "a",
        _card(kind, name, f"{size_words(media.size)} · {media.mime[:60]}"),
        href=address,
        download=True,
        class_="file",
    )


def _absent(kind: str, media_id: str, link: str, filename: str) -> Html:
    name = (
        filename
        or (urlsplit(link).path.rsplit("/", 1)[-1] if _is_web(link) else "")
        or WORDS.get(kind, "File")
    )
    if not link:
        return h("div", _card(kind, name, f"no file with id {media_id or '(none)'}"), class_="file gone")
    note = join("by link: ", bdi(link))
    return h(
        "div", _card(kind, name, note), class_="file linked", title="The sandbox fetches nothing from links."
    )


def _card(kind: str, name: str, note: str | Html) -> Html:
    words = h("span", h("b", bdi(name)), h("small", note), class_="file-words")
    return join(h("span", icon(DRAWINGS.get(kind, "file")), class_="file-sign"), words)


def size_words(size: int) -> str:
    """Bytes as people say them."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _is_web(link: str) -> bool:
    return link.startswith(("http://", "https://"))


@admin
async def media(request: Request) -> Response:
    """`GET /page/media/{id}`: a file for the page; a part of it when a player asks for one."""
    box = sandbox_of(request)
    found = box.media.get(request.path_params["id"], box.clock.now())
    content = box.media.content(found) if found is not None else None
    if found is None or content is None:
        return problem(404, "not_found", "There are no media with this id.")
    headers = _headers(found)
    wanted = _range(request.headers.get("range", ""), len(content))
    if wanted is None:
        return Response(content, headers=headers)
    first, last = wanted
    headers["content-range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], status_code=206, headers=headers)


def _headers(found: Media) -> dict[str, str]:
    kind = plain_type(found.mime)
    name = quote(found.filename.replace("\r", "").replace("\n", "")[:150] or "file", safe="")
    return {
        "content-type": kind or "application/octet-stream",
        "content-disposition": "inline" if kind else f"attachment; filename*=UTF-8''{name}",
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "cache-control": "private, max-age=3600",
        "accept-ranges": "bytes",
    }


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a simple range (`bytes=0-99`, `bytes=5-`); None for the whole file."""
    first, dash, last = asked.removeprefix("bytes=").partition("-")
    if (
        not asked.startswith("bytes=")
        or not dash
        or not first.isdecimal()
        or len(asked) > 40
        or int(first) >= size
    ):
        return None
    end = min(int(last), size - 1) if last.isdecimal() else size - 1
    return (int(first), end) if int(first) <= end else None
