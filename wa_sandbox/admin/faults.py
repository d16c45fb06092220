"""`/admin/faults`: rules that spoil answers and webhooks."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, json_of, problem, sandbox_of
from wa_sandbox.checked import BadInput
from wa_sandbox.faults.rules import EFFECTS


@admin
async def faults(request: Request) -> Response:
    """`GET` lists the rules and the effects there are; `POST` adds a rule; `DELETE` takes all away."""
    box = sandbox_of(request)
    if request.method == "POST":
        return answer(box.faults.add(await json_of(request)).as_json(), 201)
    if request.method == "DELETE":
        box.faults.rules.clear()
    return answer({"data": [rule.as_json() for rule in box.faults.rules.values()], "effects": EFFECTS})


@admin
async def fault(request: Request) -> Response:
    """`GET`, `PATCH {"enabled": false}`, `DELETE /admin/faults/{id}`."""
    rules = sandbox_of(request).faults.rules
    rule = rules.get(request.path_params["id"])
    if rule is None:
        return problem(404, "not_found", "There is no fault with this id.")
    if request.method == "DELETE":
        del rules[rule.id]
    elif request.method == "PATCH":
        enabled = (await json_of(request)).get("enabled")
        if not isinstance(enabled, bool):
            raise BadInput('Give {"enabled": true} or {"enabled": false}.')
        rule.enabled = enabled
    return answer(rule.as_json())


ROUTES = [
    Route("/admin/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/admin/faults/{id}", fault, methods=["GET", "PATCH", "DELETE"]),
]
