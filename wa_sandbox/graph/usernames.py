"""User names of a number of the business.

Source: Meta's page on business-scoped user ids (2026), as far as clients show it; the rules for names are UNVERIFIED.
"""

import re
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import missing, wrong
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

_NAME: Final = re.compile(r"[a-z0-9._]{3,35}")


def get_username(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/username`: `{"username", "status"}`; nothing but the status without one."""
    if number.username is None:
        return {"status": "none"}
    return {"username": number.username, "status": number.username_status}


def post_username(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/username {"username"}`: approved at once, reserved when it ends in `_reserved`."""
    name = request.given.get("username")
    if not isinstance(name, str) or not name:
        raise missing("username")
    if not _NAME.fullmatch(name.lower()) or not re.search("[a-z]", name.lower()):
        raise wrong("username", "must be 3 to 35 letters, digits, dots or underscores, with a letter")
    name = name.lower()
    taken = any(other.username == name for other in box.world.phone_numbers.values() if other.id != number.id)
    if taken:
        raise Refusal(100, title="This username is not available.", plain=True)
    status = "reserved" if name.endswith("_reserved") else "approved"
    record = {"id": number.id, "username": name, "username_status": status}
    box.change("put", kind="phone_numbers", record=record)
    return {"status": status}


def delete_username(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`DELETE /{phone_number_id}/username`."""
    record = {"id": number.id, "username": None, "username_status": "none"}
    box.change("put", kind="phone_numbers", record=record)
    return {"success": True}


def list_reserved(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/username_suggestions`: names kept for the business, made of its display name."""
    name = re.sub(r"[^a-z0-9]+", "", number.verified_name.lower()) or "shop"
    return {"data": [{"username_suggestions": [name, f"{name}.shop", f"{name}_{number.digits[-4:]}"]}]}
