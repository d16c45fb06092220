"""`/admin/state`, the records of the world, the app with its webhook, limits and clock."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, problem, sandbox_of
from wa_sandbox.checked import BadInput, given_fields
from wa_sandbox.graph.registration import verification_code
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.webhooks.handshake import trouble_with
from wa_sandbox.world.registry import KINDS

MANY_AT_MOST = 1000


@admin
async def state(request: Request) -> Response:
    """`GET /admin/state`: everything that can be set."""
    box = sandbox_of(request)
    return answer(
        {
            "seed": box.settings.seed,
            "speed": box.settings.speed,
            "now": box.clock.now(),
            "clock_offset_seconds": box.clock.offset,
            "app": given_fields(box.world.app),
            **box.world.as_json(),
            "limits": given_fields(box.limits),
            "people": {"slots": box.slots, "overrides": box.overrides},
        }
    )


@admin
async def records(request: Request) -> Response:
    """`GET /admin/{kind}` lists; `POST` adds one, or `{"count": N, ...}` so many phone numbers at once."""
    box, kind = sandbox_of(request), _kind(request)
    if request.method == "GET":
        return answer({"data": box.world.as_json()[kind]})
    data = await json_of(request)
    if "count" in data and kind == "phone_numbers":
        return answer({"data": _add_many(box, data)}, 201)
    return answer(given_fields(box.change("put", kind=kind, record=data)), 201)


@admin
async def record(request: Request) -> Response:
    """`GET`, `PUT`/`PATCH` (the given fields) and `DELETE /admin/{kind}/{id}`."""
    box, kind, record_id = sandbox_of(request), _kind(request), request.path_params["id"]
    table: dict[str, Any] = getattr(box.world, kind)
    if request.method in ("PUT", "PATCH"):
        data = await json_of(request)
        return answer(given_fields(box.change("put", kind=kind, record={**data, "id": record_id})))
    if record_id not in table:
        return problem(404, "not_found", f"There is no {kind} record with this id.")
    if request.method == "DELETE":
        box.change("remove", kind=kind, id=record_id)
        return answer({"removed": record_id})
    shown = given_fields(table[record_id])
    if kind == "phone_numbers":
        shown["verification_code"] = verification_code(box.settings.seed, record_id)
    return answer(shown)


@admin
async def webhook(request: Request) -> Response:
    """`GET /admin/webhook`, or `PUT {"url", "secret", "verify_token", "verify": false}` for the app."""
    box = sandbox_of(request)
    if request.method == "PUT":
        data = await json_of(request)
        verify = data.pop("verify", False)
        if "url" in data:
            data["webhook_url"] = data.pop("url")
        if verify and data.get("webhook_url"):
            token = str(data.get("verify_token") or box.world.app.verify_token)
            trouble = await trouble_with(data["webhook_url"], token)
            if trouble is not None:
                return problem(400, "not_verified", f"The webhook was not verified: {trouble}.")
        box.change("app", fields=data)
    return answer(given_fields(box.world.app))


@admin
async def limits(request: Request) -> Response:
    """`GET /admin/limits`, `PATCH` with the fields to change."""
    box = sandbox_of(request)
    if request.method == "PATCH":
        box.change("limits", fields=await json_of(request))
    return answer(given_fields(box.limits))


@admin
async def clock(request: Request) -> Response:
    """`GET /admin/clock`, `POST {"advance_seconds": N}`: windows and daily limits move on, receipts become due."""
    box = sandbox_of(request)
    if request.method == "POST":
        seconds = (await json_of(request)).get("advance_seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise BadInput("advance_seconds must be a number of seconds, 0 or more.")
        box.change("clock", seconds=seconds)
    return answer({"now": box.clock.now(), "offset_seconds": box.clock.offset})


def _kind(request: Request) -> str:
    kind: str = request.path_params["kind"]
    if kind not in KINDS:
        raise HTTPException(404, f"There is no /admin/{kind}.")
    return kind


def _add_many(box: Sandbox, data: dict[str, Any]) -> list[dict[str, Any]]:
    count = data.pop("count")
    if not isinstance(count, int) or not 1 <= count <= MANY_AT_MOST:
        raise BadInput(f"count must be between 1 and {MANY_AT_MOST}.")
    first = len(box.world.phone_numbers)
    waba_id = data.setdefault("waba_id", next(iter(box.world.wabas), ""))
    made = []
    for number in range(first, first + count):
        record = {**data, "id": f"{200_000_000_000_000 + number}"}
        record["display_phone_number"] = f"+1 555-{200 + number // 10_000:03d}-{number % 10_000:04d}"
        record["waba_id"] = waba_id
        made.append(given_fields(box.change("put", kind="phone_numbers", record=record)))
    return made


ROUTES = [
    Route("/admin/state", state),
    Route("/admin/webhook", webhook, methods=["GET", "PUT"]),
    Route("/admin/limits", limits, methods=["GET", "PATCH"]),
    Route("/admin/clock", clock, methods=["GET", "POST"]),
    Route("/admin/{kind}", records, methods=["GET", "POST"]),
    Route("/admin/{kind}/{id}", record, methods=["GET", "PUT", "PATCH", "DELETE"]),
]
