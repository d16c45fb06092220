"""QR codes of a number: whoever scans one, or follows its short link, has the chat open with some words already written.

Source: Meta's published description (v23.0, `message_qrdls`), also for the 140 characters. That a number has 2,000 of them at
most is UNVERIFIED, and which image an answer has when none is named (SVG).
"""

import base64
import hashlib
import re
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.listing import page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import missing, not_one_of, text_in, wrong
from wa_sandbox.media import qr_pictures
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

EDGE: Final = "message_qrdls"
IMAGE_NODE, IMAGE_EDGE = "whatsapp_business", "qr"
MESSAGE_AT_MOST: Final = 140
CODES_AT_MOST: Final = 2000

_IMAGE: Final = re.compile(r"\bqr_image_url\b(?:\.format\((\w*)\))?")


def list_codes(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/message_qrdls?code=&fields=`, paged, the newest first."""
    wanted = request.query.get("code")
    codes = [code for code in reversed(number.qr_codes) if wanted in (None, code)]
    image = _asked_image(request)
    return page(request, [_shown(request, code, number.qr_codes[code], image) for code in codes], key="code")


def get_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/message_qrdls/{code}?fields=`: a list of one. Raises Refusal."""
    code = _of_path(request, number)
    return {"data": [_shown(request, code, number.qr_codes[code], _asked_image(request))]}


def post_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/message_qrdls {"prefilled_message", "generate_qr_image"?}`; with `code` it changes that one."""
    given = request.given
    return _write(box, request, number, _known(number, given["code"]) if given.get("code") else None)


def change_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/message_qrdls/{code} {"prefilled_message"}`."""
    return _write(box, request, number, _of_path(request, number))


def delete_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`DELETE /{phone_number_id}/message_qrdls/{code}`. Raises Refusal."""
    gone = _of_path(request, number)
    _put(box, number, {code: words for code, words in number.qr_codes.items() if code != gone})
    return {"success": True}


def picture(path: str) -> tuple[str, bytes] | None:
    """Content type and bytes of the image at `CODE.svg` or `CODE.png`; None for anything else. It needs no token, as at Meta."""
    code, _, kind = path.partition(".")
    if kind not in ("svg", "png") or not (code.isascii() and code.isalnum()) or len(code) > 14:
        return None
    draw = qr_pictures.svg if kind == "svg" else qr_pictures.png
    return ("image/svg+xml" if kind == "svg" else "image/png"), draw(_link(code))


def _write(box: Sandbox, request: GraphRequest, number: PhoneNumber, code: str | None) -> dict[str, Any]:
    given = request.given
    words = str(text_in(given, "prefilled_message", "prefilled_message", at_most=MESSAGE_AT_MOST))
    image = _image(given["generate_qr_image"]) if given.get("generate_qr_image") else None
    if code is not None:
        _put(box, number, {**number.qr_codes, code: words})
        return _shown(request, code, words, image)
    if len(number.qr_codes) >= CODES_AT_MOST:
        raise Refusal(100, title=f"A phone number has {CODES_AT_MOST} QR codes at most.", plain=True)
    code = _new_code(box.settings.seed, number)
    _put(box, number, {**number.qr_codes, code: words}, made=number.qr_codes_made + 1)
    return _shown(request, code, words, image)


def _put(box: Sandbox, number: PhoneNumber, codes: dict[str, str], made: int | None = None) -> None:
    record: dict[str, Any] = {"id": number.id, "qr_codes": codes}
    if made is not None:
        record["qr_codes_made"] = made
    box.change("put", kind="phone_numbers", record=record)


def _new_code(seed: int, number: PhoneNumber) -> str:
    # As in Meta's examples: thirteen letters and digits of base 32, and a 1. The same seed gives the same codes.
    text = f"{seed}:qr:{number.id}:{number.qr_codes_made}"
    return base64.b32encode(hashlib.blake2b(text.encode(), digest_size=10).digest()).decode()[:13] + "1"


def _shown(request: GraphRequest, code: str, words: str, image: str | None) -> dict[str, Any]:
    shown = {"code": code, "prefilled_message": words, "deep_link_url": _link(code)}
    if image is not None:
        path = f"{IMAGE_NODE}/{IMAGE_EDGE}/{code}.{image.lower()}"
        shown["qr_image_url"] = f"http://{request.host}/{path}"
    return shown


def _link(code: str) -> str:
    return f"https://wa.me/message/{code}"


def _asked_image(request: GraphRequest) -> str | None:
    asked = _IMAGE.search(request.query.get("fields", ""))
    if asked is None:
        return None
    return "SVG" if asked[1] is None else _image(asked[1])


def _image(given: Any) -> str:
    if str(given).upper() not in ("PNG", "SVG"):
        raise not_one_of("generate_qr_image", ("PNG", "SVG"), given)
    return str(given).upper()


def _of_path(request: GraphRequest, number: PhoneNumber) -> str:
    return _known(number, request.edge.partition("/")[2])


def _known(number: PhoneNumber, code: Any) -> str:
    if not code:
        raise missing("code")
    if not isinstance(code, str):
        raise wrong("code", "must be a string")
    if code not in number.qr_codes:
        words = "The QR code you're trying to access doesn't exist or has been deleted"
        raise Refusal(803, title="QR code not found", user_title="QR Code Not Found", user_message=words)
    return code
