"""`/admin/people` and `/admin/inbound`: how people behave, and letting one write."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, sandbox_of
from wa_sandbox.checked import BadInput
from wa_sandbox.graph.content import digits_of
from wa_sandbox.people import acting
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.people.identity import NOBODY_SPECIAL, identity_hash_of, language_of, name_of, user_id_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber


@admin
async def people(request: Request) -> Response:
    """`GET /admin/people`: behaviours, slots, overrides; `PUT {"slots": {...}}` lays the hundred slots out anew."""
    box = sandbox_of(request)
    if request.method == "PUT":
        slots = (await json_of(request)).get("slots")
        if not isinstance(slots, dict):
            raise BadInput(
                'Give {"slots": {"reader": 90, "absent": 10}}: behaviours and how many endings each has.'
            )
        box.change("slots", slots=slots)
    return answer({"behaviours": BEHAVIOURS, "slots": box.slots, "overrides": box.overrides})


@admin
async def person(request: Request) -> Response:
    """`GET /admin/people/{number}`; `PUT {"behaviour", "name", "username", "hides_number"}`; `DELETE` undoes the behaviour.

    Setting a behaviour by hand unblocks too.
    """
    box = sandbox_of(request)
    wa_id = digits(request.path_params["number"])
    if request.method == "PUT":
        data = await json_of(request)
        behaviour = data.pop("behaviour", None)
        if data:
            box.change("profile", wa_id=wa_id, fields=data)
        if behaviour is not None or not data:
            box.change("person", wa_id=wa_id, behaviour=str(behaviour or ""))
    elif request.method == "DELETE":
        box.change("person", wa_id=wa_id, behaviour=None)
    profile = box.profiles.get(wa_id, NOBODY_SPECIAL)
    return answer(
        {
            "wa_id": wa_id,
            "behaviour": box.behaviour(wa_id),
            "set_by_hand": wa_id in box.overrides,
            "name": profile.name or name_of(wa_id),
            "username": profile.username,
            "hides_number": profile.hides_number,
            "language": language_of(wa_id),
            "messages": box.books.had.get(wa_id, 0),
            "blocked_numbers": [number for number, who in box.books.blocked if who == wa_id],
            "stopped_marketing_of": [number for number, who in box.books.marketing_stopped if who == wa_id],
            "blocked_by": [number for number, who in box.world.block_lists.items() if wa_id in who],
            "user_ids": {key: user_id_of(key, wa_id) for key in box.world.portfolios},
            "identity_key_hash": identity_hash_of(wa_id),
        }
    )


@admin
async def inbound(request: Request) -> Response:
    """`POST /admin/inbound {"from", "text", "phone_number_id"?, "name"?, "message"?, "context_wamid"?}`.

    `message`: any object of `messages[]` (type and its payload) in place of `text`. Opens the person's window.
    """
    box = sandbox_of(request)
    data = await json_of(request)
    number = number_of(box, data)
    wa_id = digits(data.get("from"))
    body: dict[str, Any]
    if isinstance(data.get("message"), dict):
        body = dict(data["message"])
    elif isinstance(data.get("text"), str) and data["text"]:
        body = {"type": "text", "text": {"body": data["text"]}}
    else:
        raise BadInput("Give `text`, or `message` with a type.")
    context, name = data.get("context_wamid"), data.get("name")
    got = acting.send(
        box,
        number,
        wa_id,
        body,
        reply_to=str(context) if context else None,
        name=str(name) if name else None,
    )
    return answer({"id": got.wamid, "wa_id": wa_id, "phone_number_id": number.id}, 201)


def number_of(box: Sandbox, data: Mapping[str, Any]) -> PhoneNumber:
    """The number of the business an admin call is about: `phone_number_id`, else the first. Raises BadInput."""
    number_id = str(data.get("phone_number_id") or next(iter(box.world.phone_numbers), ""))
    number = box.world.phone_numbers.get(number_id)
    if number is None:
        raise HTTPException(404)
    return number


def digits(number: Any) -> str:
    """A phone number as digits. Raises BadInput."""
    wa_id = digits_of(str(number or ""))
    if wa_id is None:
        raise BadInput("That is not an international phone number: give country code and number.")
    return wa_id


ROUTES = [
    Route("/admin/people", people, methods=["GET", "PUT"]),
    Route("/admin/people/{number}", person, methods=["GET", "PUT", "DELETE"]),
    Route("/admin/inbound", inbound, methods=["POST"]),
]
