"""Media: uploading, asking for the address, downloading, deleting; and uploads in parts for templates and profiles.

Sources: provider facts A2. That an address works for five minutes and a file for thirty days is UNVERIFIED there.
"""

from typing import Any

from wa_sandbox.graph.answers import Answer, bad
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.media_content import MIME_TYPES, plain_mime
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import check_product, missing, not_one_of, whole_number, wrong
from wa_sandbox.media.keeping import keep
from wa_sandbox.media.sessions import SESSION_AT_MOST, Session
from wa_sandbox.media.store import Media
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import App, PhoneNumber

DOWNLOAD = ("whatsapp_business", "attachments")
DOWNLOAD_PATH = "/{}/{}/".format(*DOWNLOAD)
TTL_AT_MOST = 60 * 24 * 30


def upload(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/media` (multipart; all but the file may stand in the query): `{"id"}`. Raises Refusal."""
    if request.too_large:
        raise Refusal(131053, details="The file is larger than 100 MB.", http_status=400)
    form = request.given
    check_product(form)
    file = form.get("file")
    if not isinstance(file, tuple):
        raise missing("file")
    filename, mime, content = file
    _check_ttl(form.get("ttl_minutes"))
    given = form.get("type")
    mime = mime if plain_mime(mime) in MIME_TYPES or not isinstance(given, str) else given
    _check_file(mime, len(content))
    media = keep(box, number, mime=mime, content=content, filename=filename, inbound=False)
    return {"id": media.id}


def get_media(box: Sandbox, request: GraphRequest, media: Media) -> dict[str, Any]:
    """`GET /{media_id}?phone_number_id=`: the address to download from, which works for a few minutes."""
    _check_number(request, media)
    expires = int(box.clock.now() + box.settings.media.url_seconds)
    query = f"mid={media.id}&ext={expires}&hash={box.media.signature(media.id, expires)}"
    return {
        "messaging_product": "whatsapp",
        "url": f"http://{request.host}{DOWNLOAD_PATH}?{query}",
        "mime_type": media.mime,
        "sha256": media.sha256,
        "file_size": str(media.size),
        "id": media.id,
    }


def delete_media(box: Sandbox, request: GraphRequest, media: Media) -> dict[str, Any]:
    """`DELETE /{media_id}?phone_number_id=`."""
    _check_number(request, media)
    box.media.remove(media.id)
    box.journal.write_now({"k": "media_gone", "id": media.id})
    return {"success": True}


def download(box: Sandbox, request: GraphRequest) -> Answer:
    """`GET /whatsapp_business/attachments/?mid=&ext=&hash=`: the bytes, for the same token that may see the media."""
    query = request.query
    token = box.world.tokens.get(request.token or "")
    if token is None or token.state != "valid":
        return bad(Refusal(190), request.version)
    now = box.clock.now()
    expires = whole_number(query.get("ext"), low=0, high=10**12) or 0
    media = box.media.get(query.get("mid", ""), now)
    content = None
    if media is not None and expires >= now and query.get("hash") == box.media.signature(media.id, expires):
        content = box.media.content(media)
    if media is None or content is None:
        body = b"Not found: the address is not valid any more. Ask for the media's address again."
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
        return Answer(404, body, headers)
    headers = [(b"content-type", media.mime.encode("latin-1", "replace"))]
    headers += [(b"content-length", b"%d" % len(content)), (b"x-content-type-options", b"nosniff")]
    return Answer(200, content, headers)


def begin_upload(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`POST /{app_id}/uploads?file_name=&file_length=&file_type=`: a session for an upload in parts."""
    given = request.given
    length = whole_number(given.get("file_length"), low=1, high=SESSION_AT_MOST)
    if length is None:
        raise wrong("file_length", f"must be between 1 and {SESSION_AT_MOST}")
    mime = str(given.get("file_type", ""))
    if plain_mime(mime) not in ("application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"):
        raise not_one_of("file_type", ("application/pdf", "image/jpeg", "image/png", "video/mp4"), mime)
    session = box.uploads.begin(name=str(given.get("file_name", "file")), mime=mime, length=length)
    return {"id": session.id}


def continue_upload(box: Sandbox, request: GraphRequest, session: Session) -> dict[str, Any]:
    """`POST /upload:…` with the header `file_offset` and the bytes from there on: `{"h"}` once it is complete."""
    offset = request.header(b"file_offset")
    if offset and whole_number(offset, low=0, high=SESSION_AT_MOST) != session.offset:
        raise wrong("file_offset", f"must be {session.offset}, where the upload stands")
    if request.too_large or session.offset + len(request.raw) > session.length:
        raise wrong("file_length", "is less than what was sent")
    session.content += request.raw
    if session.offset < session.length:
        return {"id": session.id, "file_offset": session.offset}
    return {"h": box.uploads.finish(session)}


def get_upload(box: Sandbox, request: GraphRequest, session: Session) -> dict[str, Any]:
    """`GET /upload:…`: how far an upload has come."""
    return {"id": session.id, "file_offset": session.offset}


def _check_file(mime: str, size: int) -> None:
    known = MIME_TYPES.get(plain_mime(mime))
    if known is None:
        listed = ", ".join(MIME_TYPES)
        words = (
            f"must be a file with one of the following types: {listed}. Received file of type '{mime[:80]}'"
        )
        raise wrong("file", words)
    if size == 0:
        raise wrong("file", "must not be empty")
    if size > known[1]:
        raise Refusal(131053, details=f"{size} bytes are more than {known[1]} for files of type {mime[:80]}.")


def _check_ttl(ttl: Any) -> None:
    if ttl is not None and whole_number(ttl, low=1, high=TTL_AT_MOST) is None:
        raise wrong("ttl_minutes", f"must be between 1 and {TTL_AT_MOST}")


def _check_number(request: GraphRequest, media: Media) -> None:
    wanted = request.query.get("phone_number_id")
    if wanted and wanted != media.number_id:
        raise Refusal(
            100,
            title=f"Unsupported request. Object with ID '{media.id}' does not belong to this phone number",
            subcode=33,
            plain=True,
        )
