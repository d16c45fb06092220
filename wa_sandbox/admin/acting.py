"""`POST /admin/people/{number}/…`: doing what a person does with a phone. Used by the page, and by tests."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, sandbox_of
from wa_sandbox.admin.people import digits, number_of
from wa_sandbox.checked import BadInput
from wa_sandbox.ledger.message import Inbound
from wa_sandbox.media.people_pictures import sample as sample_file
from wa_sandbox.people import acting, samples
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

FILE_AT_MOST = 16 * 1024 * 1024
Data = dict[str, Any]
Act = Callable[[Sandbox, PhoneNumber, str, Data], Data]


def _sent(got: Inbound) -> Data:
    return {"id": got.wamid, "wa_id": got.wa_id, "phone_number_id": got.number_id, "message": got.body}


def _text(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    reply_to = data.get("reply_to")
    words = str(data.get("text", ""))
    return _sent(acting.text(box, number, wa_id, words, reply_to=str(reply_to) if reply_to else None))


def _tap(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    choice = data.get("choice")
    if choice is not None and not isinstance(choice, int | str):
        raise BadInput("choice must be a place (0, 1, …), an id or a title.")
    return _sent(acting.tap(box, number, wa_id, _wamid(data), choice))


def _reaction(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    return _sent(acting.react(box, number, wa_id, _wamid(data), str(data.get("emoji") or "")))


def _edit(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    return _sent(acting.edit(box, number, wa_id, _wamid(data), str(data.get("text", ""))))


def _revoke(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    return _sent(acting.revoke(box, number, wa_id, _wamid(data)))


def _sample(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    wamid = data.get("wamid")
    name = str(data.get("sample", ""))
    return _sent(samples.send_sample(box, number, wa_id, name, str(wamid) if wamid else None))


def _stop(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    return _sent(acting.stop(box, number, wa_id))


def _read(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    wamid = data.get("wamid")
    return {"read": acting.read(box, number, wa_id, str(wamid) if wamid else None)}


def _block(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    acting.block(box, number, wa_id)
    return {"blocked": True, "quality": box.quality_of(number, box.clock.now())}


def _unblock(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    return {"blocked": False, "was_blocked": acting.unblock(box, number, wa_id)}


def _marketing(box: Sandbox, number: PhoneNumber, wa_id: str, data: Data) -> Data:
    acting.prefer(box, number, wa_id, str(data.get("value", "")))
    return {"marketing": data["value"]}


ACTS: dict[str, Act] = {
    "text": _text,
    "tap": _tap,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "sample": _sample,
    "stop": _stop,
    "read": _read,
    "block": _block,
    "unblock": _unblock,
    "marketing": _marketing,
}


@admin
async def act(request: Request) -> Response:
    """`POST /admin/people/{number}/{act}`; `phone_number_id` names the number of the business (the first one)."""
    box, name = sandbox_of(request), request.path_params["act"]
    do = ACTS.get(name)
    if do is None:
        raise BadInput(f"There is no {name!r}. There are: {', '.join([*ACTS, 'media'])}.")
    data = await json_of(request)
    wa_id = digits(request.path_params["number"])
    return answer(do(box, number_of(box, data), wa_id, data), 201)


@admin
async def media(request: Request) -> Response:
    """`POST /admin/people/{number}/media`: multipart (`file`, `caption`, `kind`), or JSON.

    JSON: `{"kind", "caption", "base64", "mime_type", "filename", "voice"}`; without `base64` a small sample is sent.
    """
    box = sandbox_of(request)
    wa_id = digits(request.path_params["number"])
    data, mime, content, filename = await _file(request)
    kind = str(data.get("kind") or _kind(mime))
    got = acting.send_file(
        box,
        number_of(box, data),
        wa_id,
        kind=kind,
        mime=mime,
        content=content,
        filename=filename,
        caption=str(data.get("caption") or ""),
        voice=bool(data.get("voice")),
        reply_to=str(data["reply_to"]) if data.get("reply_to") else None,
    )
    return answer(_sent(got), 201)


@admin
async def sample_names(request: Request) -> Response:
    """`GET /admin/people/samples/names`: the names `…/sample` takes."""
    return answer({"data": samples.names()})


async def _file(request: Request) -> tuple[Data, str, bytes, str]:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form(max_files=1)
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise BadInput("Give the file in the field `file`.")
        content = await file.read(FILE_AT_MOST + 1)
        data = {name: value for name, value in form.items() if isinstance(value, str)}
        mime, filename = file.content_type or "application/octet-stream", file.filename or "file"
    else:
        data = await json_of(request)
        mime, content, filename = sample_file(str(data.get("kind") or "image"))
        if data.get("base64"):
            try:
                content = base64.b64decode(str(data["base64"]), validate=True)
            except binascii.Error as failure:
                raise BadInput("base64 cannot be read.") from failure
            mime = str(data.get("mime_type") or mime)
        filename = str(data.get("filename") or filename)
    if len(content) > FILE_AT_MOST:
        raise BadInput("The file is larger than 16 MB.")
    return data, mime, content, filename


def _kind(mime: str) -> str:
    if mime.startswith("image/webp"):
        return "sticker"
    first = mime.split("/", 1)[0]
    return first if first in ("image", "video", "audio") else "document"


def _wamid(data: Data) -> str:
    wamid = data.get("wamid")
    if not isinstance(wamid, str) or not wamid:
        raise BadInput("Give wamid, the id of the message.")
    return wamid


ROUTES = [
    Route("/admin/people/samples/names", sample_names),
    Route("/admin/people/{number}/media", media, methods=["POST"]),
    Route("/admin/people/{number}/{act}", act, methods=["POST"]),
]
