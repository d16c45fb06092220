"""`/admin/webhooks`: the queue, the log with resending, and webhooks on demand."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, problem, sandbox_of
from wa_sandbox.admin.people import digits, number_of
from wa_sandbox.checked import BadInput
from wa_sandbox.identifiers import new_nonce, wamid
from wa_sandbox.webhooks.payloads import Event, echo_event
from wa_sandbox.webhooks.samples import SAMPLES, sample_event


@admin
async def webhooks(request: Request) -> Response:
    """`GET /admin/webhooks`: the queue. `POST {"sample", "waba_id"?}`, or any: `{"waba_id", "field", "value"}`."""
    box = sandbox_of(request)
    if request.method == "POST":
        data = await json_of(request)
        waba_id = str(data.get("waba_id") or next(iter(box.world.wabas), ""))
        if waba_id not in box.world.wabas:
            raise BadInput("Give waba_id of an account there is.")
        return answer({"queued": box.announce(_event(data, waba_id, box.clock.now(), box.world))}, 202)
    targets = [target.as_json() for target in box.webhooks.targets.values()]
    return answer({"waiting": box.webhooks.waiting, "targets": targets})


def _event(data: dict[str, Any], waba_id: str, now: float, world: Any) -> Event:
    sample, value = data.get("sample"), data.get("value")
    if sample is not None:
        if sample not in SAMPLES:
            raise BadInput(f"There is no sample {sample!r}. There are: {', '.join(SAMPLES)}.")
        return sample_event(world, str(sample), waba_id, now)
    if not isinstance(value, dict):
        raise BadInput("Give waba_id (of an account there is), field and value (an object), or sample.")
    field = str(data.get("field", "account_update"))
    at = 0.0 if field == "messages" else now
    return Event(waba_id=waba_id, kind="value", entry=value, field=field, at=at)


@admin
async def samples(request: Request) -> Response:
    """`GET /admin/webhooks/samples`: what `POST /admin/webhooks {"sample": …}` can send."""
    return answer({"data": list(SAMPLES)})


@admin
async def log(request: Request) -> Response:
    """`GET /admin/webhooks/log?limit=100`: the latest webhooks, the newest first, with how they were answered."""
    limit = request.query_params.get("limit", "100")
    if not (limit.isascii() and limit.isdecimal() and len(limit) < 19):
        raise BadInput("limit must be a whole number.")
    return answer(
        {"data": [entry.as_json() for entry in sandbox_of(request).webhooks.log.latest(int(limit))]}
    )


@admin
async def log_entry(request: Request) -> Response:
    """`GET /admin/webhooks/log/{id}`: one webhook with its body and signature; `POST …/resend` sends the same again."""
    box = sandbox_of(request)
    number = request.path_params["id"]
    entry = box.webhooks.log.get(number)
    if entry is None:
        return problem(404, "not_found", "This webhook is not in the log (any more).")
    if request.method == "POST":
        box.webhooks.resend(entry)
        return answer({"queued": True}, 202)
    return answer(entry.as_json(box.world.app.secret))


@admin
async def echoes(request: Request) -> Response:
    """`POST /admin/echoes {"to", "text" or "message", "phone_number_id"?}`: the business writes with the app on its phone."""
    box = sandbox_of(request)
    data = await json_of(request)
    number, wa_id = number_of(box, data), digits(data.get("to"))
    body = data.get("message")
    if not isinstance(body, dict):
        if not data.get("text"):
            raise BadInput("Give `text`, or `message` with a type.")
        body = {"type": "text", "text": {"body": str(data["text"])}}
    entry = {
        "from": number.digits,
        "to": wa_id,
        "id": wamid(new_nonce(), 0, wa_id, inbound=False),
        "timestamp": str(int(box.clock.now())),
        **body,
    }
    event = echo_event(entry, wa_id, number=number, portfolio=box.portfolio_of(number))
    return answer({"queued": box.announce(event), "id": entry["id"]}, 202)


ROUTES = [
    Route("/admin/webhooks", webhooks, methods=["GET", "POST"]),
    Route("/admin/webhooks/samples", samples),
    Route("/admin/webhooks/log", log),
    Route("/admin/webhooks/log/{id:int}", log_entry),
    Route("/admin/webhooks/log/{id:int}/resend", log_entry, methods=["POST"]),
    Route("/admin/echoes", echoes, methods=["POST"]),
]
