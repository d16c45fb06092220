"""`POST /page/act`: what the person does with the phone that is shown."""

from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.routing import Route

from wa_sandbox.admin.acting import ACTS
from wa_sandbox.admin.answering import sandbox_of
from wa_sandbox.admin.people import digits
from wa_sandbox.checked import BadInput
from wa_sandbox.media.people_pictures import sample as sample_file
from wa_sandbox.page.answering import field, form_page
from wa_sandbox.page.state import State
from wa_sandbox.people import acting
from wa_sandbox.people.identity import NOBODY_SPECIAL
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

FILE_AT_MOST = 16 * 1024 * 1024
FIELDS = ("text", "reply_to", "wamid", "emoji", "sample", "value")


@form_page
async def act(request: Request, form: FormData, back: State) -> State:
    """Do it; the page goes on with that phone."""
    box = sandbox_of(request)
    wa_id = digits(field(form, "person"))
    number = number_of(box, field(form, "number"))
    do = field(form, "do")
    if do == "media":
        await _send_file(box, number, wa_id, form)
    elif do == "behaviour":
        _set_person(box, wa_id, form)
    elif do in ACTS:
        ACTS[do](box, number, wa_id, _data(form))
    else:
        raise BadInput("There is nothing of this name to be done.")
    return back


def number_of(box: Sandbox, number_id: str) -> PhoneNumber:
    """A number of the business. Raises BadInput."""
    number = box.world.phone_numbers.get(number_id)
    if number is None:
        raise BadInput("This number of the business does not exist (any more).")
    return number


def _data(form: FormData) -> dict[str, Any]:
    data: dict[str, Any] = {name: field(form, name) for name in FIELDS if field(form, name)}
    choice = field(form, "choice")
    if choice.isdecimal() and len(choice) < 6:
        data["choice"] = int(choice)
    return data


async def _send_file(box: Sandbox, number: PhoneNumber, wa_id: str, form: FormData) -> None:
    chosen = field(form, "kind")
    voice, kind = chosen == "voice", "audio" if chosen == "voice" else chosen
    file = form.get("file")
    if isinstance(file, UploadFile) and (file.filename or file.size):
        content = await file.read(FILE_AT_MOST + 1)
        mime, filename = file.content_type or "application/octet-stream", file.filename or "file"
        kind = kind or _kind_of(mime)
    else:
        mime, content, filename = sample_file(chosen or "image")
        kind = kind or "image"
    if len(content) > FILE_AT_MOST:
        raise BadInput("The file is larger than 16 MB.")
    acting.send_file(
        box,
        number,
        wa_id,
        kind=kind,
        mime=mime,
        content=content,
        filename=filename,
        caption=field(form, "caption"),
        voice=voice,
        reply_to=field(form, "reply_to") or None,
    )


def _kind_of(mime: str) -> str:
    if mime.startswith("image/webp"):
        return "sticker"
    first = mime.partition("/")[0]
    return first if first in ("image", "video", "audio") and "svg" not in mime else "document"


def _set_person(box: Sandbox, wa_id: str, form: FormData) -> None:
    name = field(form, "name") or None
    if name != box.profiles.get(wa_id, NOBODY_SPECIAL).name:
        box.change("profile", wa_id=wa_id, fields={"name": name})
    behaviour = field(form, "behaviour") or None
    if behaviour != box.overrides.get(wa_id):
        box.change("person", wa_id=wa_id, behaviour=behaviour)


ROUTES = [Route("/page/act", act, methods=["POST"])]
