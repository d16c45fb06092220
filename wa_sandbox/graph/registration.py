"""The life of a number: added, verified by a code, registered with a PIN, renamed, deregistered.

Sources: provider facts A3, A9. The number of wrong PINs, the time between them and the words of 136024 and 136025
are UNVERIFIED.
"""

import hashlib
import re
from typing import Any

from wa_sandbox.graph import subscriptions
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import check_product, missing, not_one_of, text_in, wrong
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Waba

WRONG_PINS_AT_MOST = 5
REGISTRATIONS_AT_MOST = 10
REGISTRATION_SECONDS = 72 * 3600.0
CODE_SECONDS = 600.0


def verification_code(seed: int, number_id: str) -> str:
    """The six digits a number is verified with: the same for the same seed, shown by `GET /admin/phone_numbers/{id}`."""
    digest = hashlib.blake2b(f"{seed}:code:{number_id}".encode(), digest_size=4).digest()
    return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"


def add_phone_number(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`POST /{waba_id}/phone_numbers {"cc" or "country_code", "phone_number", "verified_name"}`: `{"id"}`."""
    given = request.given
    country = re.sub(r"\D", "", str(given.get("cc") or given.get("country_code") or ""))
    digits = re.sub(r"\D", "", str(given.get("phone_number") or ""))
    if not country:
        raise missing("cc")
    if not 4 <= len(digits) <= 15:
        raise missing("phone_number") if not digits else wrong("phone_number", "must be a phone number")
    name = text_in(given, "verified_name", "verified_name", at_most=75)
    full = digits if digits.startswith(country) else country + digits
    if any(number.digits == full for number in box.world.phone_numbers.values()):
        raise Refusal(100, title="This phone number is already registered.", subcode=2388012, plain=True)
    record = {
        "waba_id": waba.id,
        "display_phone_number": "+" + full,
        "verified_name": name,
        "status": "PENDING",
        "code_verification_status": "NOT_VERIFIED",
        "name_status": "AVAILABLE_WITHOUT_REVIEW",
    }
    return {"id": box.change("put", kind="phone_numbers", record=record).id}


def request_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/request_code {"code_method", "language"}`."""
    given = request.given
    method = given.get("code_method")
    if method is None:
        raise missing("code_method")
    if str(method).upper() not in ("SMS", "VOICE"):
        raise not_one_of("code_method", ("SMS", "VOICE"), method)
    if not given.get("language"):
        raise missing("language")
    if number.code_verification_status == "VERIFIED":
        raise Refusal(136024, details="The phone number is already verified.")
    _put(box, number, code_asked_at=box.clock.now())
    return {"success": True}


def verify_code(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/verify_code {"code"}`."""
    code = request.given.get("code")
    if code is None:
        raise missing("code")
    asked = number.code_asked_at
    if asked is None or box.clock.now() - asked > CODE_SECONDS:
        raise Refusal(136025, details="No code was requested for this number, or it has expired.")
    if re.sub(r"\D", "", str(code)) != verification_code(box.settings.seed, number.id):
        raise Refusal(136025, details="The code is not the one that was sent.")
    _put(box, number, code_verification_status="VERIFIED", code_asked_at=None)
    return {"success": True}


def register(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/register {"messaging_product", "pin"}`. The first PIN given becomes the number's."""
    check_product(request.given)
    pin = _pin(request.given.get("pin"))
    if number.code_verification_status != "VERIFIED":
        raise Refusal(133006, details="Verify the phone number before registering it.")
    _check_rate(box, number)
    if number.pin is not None and number.pin != pin:
        if number.wrong_pins >= WRONG_PINS_AT_MOST:
            raise Refusal(133008)
        _put(box, number, wrong_pins=number.wrong_pins + 1)
        raise Refusal(133005)
    _put(box, number, status="CONNECTED", pin=pin, wrong_pins=0)
    return {"success": True}


def deregister(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/deregister`: sending then answers 133010."""
    _check_rate(box, number)
    _put(box, number, status="DISCONNECTED")
    return {"success": True}


async def post_phone_number(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}`: a callback of its own, the two-step PIN, or a new display name."""
    given = request.given
    if "pin" in given:
        _put(box, number, pin=_pin(given["pin"]), wrong_pins=0)
        return {"success": True}
    if "new_display_name" in given:
        name = text_in(given, "new_display_name", "new_display_name", at_most=75)
        _put(box, number, requested_name=name, new_name_status="PENDING_REVIEW")
        due = box.review.when(str(name), number.id, box.clock.now())
        if due is not None:
            box.agenda.put(f"name {number.id}", due, lambda: decide_name(box, number.id))
        return {"success": True}
    return await subscriptions.configure(box, number, nested(given.get("webhook_configuration")))


def decide_name(box: Sandbox, number_id: str) -> None:
    """The review of a display name: declined if it contains "reject", approved otherwise."""
    number = box.world.phone_numbers.get(number_id)
    if number is None or number.requested_name is None or number.new_name_status != "PENDING_REVIEW":
        return
    if "reject" in number.requested_name.lower():
        _put(box, number, new_name_status="DECLINED")
    else:
        name = number.requested_name
        _put(box, number, new_name_status="APPROVED", verified_name=name, name_status="APPROVED")


def _check_rate(box: Sandbox, number: PhoneNumber) -> None:
    now = box.clock.now()
    lately = [at for at in number.registrations if at > now - REGISTRATION_SECONDS]
    if len(lately) >= REGISTRATIONS_AT_MOST:
        raise Refusal(133016)
    _put(box, number, registrations=[*lately, now])


def _pin(pin: Any) -> str:
    if pin is None or pin == "":
        raise missing("pin")
    if len(str(pin)) != 6 or not str(pin).isdecimal():
        raise wrong("pin", "must be 6 digits")
    return str(pin)


def _put(box: Sandbox, number: PhoneNumber, **record: Any) -> None:
    box.change("put", kind="phone_numbers", record={"id": number.id, **record})
