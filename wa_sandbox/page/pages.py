"""The page at `/`, its stylesheet and script, and the two forms on it."""

from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, sandbox_of
from wa_sandbox.checked import BadInput
from wa_sandbox.page import sections
from wa_sandbox.page.html import document

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
HERE = Path(__file__).parent
NUMBERS = ("every", "times", "ms", "code")


@admin
async def home(request: Request) -> Response:
    """`GET /`."""
    box = sandbox_of(request)
    body = "".join(
        (
            sections.counters(box),
            sections.world(box, request.headers.get("host", "localhost")),
            sections.conversations(box),
            sections.people(box),
            sections.faults(box),
            sections.ledger(box),
        )
    )
    return HTMLResponse(document(body), headers=HEADERS)


@admin
async def change_fault(request: Request) -> Response:
    """`POST /page/faults`: add, switch or remove a fault, then back to the page."""
    faults = sandbox_of(request).faults
    form = await request.form()
    rule = faults.rules.get(_field(form, "id"))
    do = _field(form, "do")
    if do == "add":
        faults.add(_rule(form))
    elif rule is not None and do == "switch":
        rule.enabled = not rule.enabled
    elif rule is not None and do == "remove":
        del faults.rules[rule.id]
    return RedirectResponse("/#faults", status_code=303, headers=HEADERS)


async def stylesheet(request: Request) -> Response:
    """`GET /page.css`."""
    return Response((HERE / "page.css").read_bytes(), media_type="text/css", headers=HEADERS)


async def script(request: Request) -> Response:
    """`GET /page.js`."""
    return Response((HERE / "page.js").read_bytes(), media_type="text/javascript", headers=HEADERS)


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _rule(form: FormData) -> dict[str, object]:
    rule: dict[str, object] = {"effect": _field(form, "effect")}
    if _field(form, "to"):
        rule["to"] = _field(form, "to").lstrip("+")
    for name in NUMBERS:
        value = _field(form, name)
        if value and not value.isdecimal():
            raise BadInput(f"{name} must be a whole number.")
        if value:
            rule[name] = int(value)
    return rule


ROUTES = [
    Route("/", home),
    Route("/page/faults", change_fault, methods=["POST"]),
    Route("/page.css", stylesheet),
    Route("/page.js", script),
]
