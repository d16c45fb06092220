"""`/admin/people` and `/admin/inbound`: how people behave, and letting one write."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, problem, sandbox_of
from wa_sandbox.checked import BadInput
from wa_sandbox.graph.content import digits_of
from wa_sandbox.people.behaviours import BEHAVIOURS
from wa_sandbox.people.identity import language_of, name_of, user_id_of


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
    """`GET /admin/people/{number}`; `PUT {"behaviour": ...}` sets it by hand (and unblocks); `DELETE` undoes that."""
    box = sandbox_of(request)
    wa_id = _digits(request.path_params["number"])
    if request.method == "PUT":
        box.change("person", wa_id=wa_id, behaviour=str((await json_of(request)).get("behaviour", "")))
    elif request.method == "DELETE":
        box.change("person", wa_id=wa_id, behaviour=None)
    return answer(
        {
            "wa_id": wa_id,
            "behaviour": box.behaviour(wa_id),
            "set_by_hand": wa_id in box.overrides,
            "name": name_of(wa_id),
            "language": language_of(wa_id),
            "messages": box.books.had.get(wa_id, 0),
            "blocked_numbers": [number for number, who in box.books.blocked if who == wa_id],
            "user_ids": {key: user_id_of(key, wa_id) for key in box.world.portfolios},
        }
    )


@admin
async def inbound(request: Request) -> Response:
    """`POST /admin/inbound {"from", "text", "phone_number_id"?, "name"?, "message"?, "context_wamid"?}`.

    `message`: any object of `messages[]` (type and its payload) in place of `text`. Opens the person's window.
    """
    box = sandbox_of(request)
    data = await json_of(request)
    number_id = str(data.get("phone_number_id") or next(iter(box.world.phone_numbers), ""))
    number = box.world.phone_numbers.get(number_id)
    if number is None:
        return problem(404, "not_found", "There is no phone number with this id.")
    wa_id = _digits(data.get("from"))
    body: dict[str, Any]
    if isinstance(data.get("message"), dict):
        body = dict(data["message"])
    elif isinstance(data.get("text"), str) and data["text"]:
        body = {"type": "text", "text": {"body": data["text"]}}
    else:
        raise BadInput("Give `text`, or `message` with a type.")
    if data.get("context_wamid"):
        body["context"] = {"from": number.digits, "id": str(data["context_wamid"])}
    name = data.get("name")
    got = box.receive(number, wa_id, body, at=box.clock.now(), name=str(name) if name else None)
    return answer({"id": got.wamid, "wa_id": wa_id, "phone_number_id": number.id}, 201)


def _digits(number: Any) -> str:
    wa_id = digits_of(str(number or ""))
    if wa_id is None:
        raise BadInput("That is not an international phone number: give country code and number.")
    return wa_id


ROUTES = [
    Route("/admin/people", people, methods=["GET", "PUT"]),
    Route("/admin/people/{number}", person, methods=["GET", "PUT", "DELETE"]),
    Route("/admin/inbound", inbound, methods=["POST"]),
]
