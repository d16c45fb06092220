"""The page at `/`, its parts, and its stylesheets, scripts and files. What can be done on it is in `acts` and `switches`."""

from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, problem, sandbox_of
from wa_sandbox.page import acts, files, switches
from wa_sandbox.page.answering import HEADERS, look_of, page_of
from wa_sandbox.page.parts import changed

HERE = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
PARTS_AT_MOST = 40


@admin
async def home(request: Request) -> Response:
    """`GET /`: the whole page; the query says what is looked at."""
    return page_of(look_of(request))


@admin
async def parts(request: Request) -> Response:
    """`GET /page/parts?…`: the parts named in the header `x-have` (`name=version,…`) that have changed."""
    look = look_of(request)
    asked = request.headers.get("x-have", "").split(",")[:PARTS_AT_MOST]
    have = [(name, known) for name, _, known in (one.partition("=") for one in asked)]
    data = {"top": look.state.top, "view": look.state.view, "parts": changed(look, have)}
    return Response(orjson.dumps(data), media_type="application/json", headers=HEADERS)


@admin
async def webhook_body(request: Request) -> Response:
    """`GET /page/webhooks/{id}/body`: the bytes of a webhook, to save."""
    entry = sandbox_of(request).webhooks.log.get(request.path_params["id"])
    if entry is None:
        return problem(404, "not_found", "This webhook is not in the log (any more).")
    headers = {**HEADERS, "content-disposition": f'attachment; filename="webhook-{entry.id}.json"'}
    return Response(entry.body, media_type="application/octet-stream", headers=headers)


async def static(request: Request) -> Response:
    """`GET /page/static/{name}`, `/page.css`, `/page.js`: files of this package, which hold nothing private."""
    name = request.path_params.get("name") or request.url.path.lstrip("/")
    path = HERE / name
    if path.parent != HERE or path.suffix not in TYPES or not path.is_file():
        return problem(404, "not_found", "There is no such file.")
    return Response(
        path.read_bytes(),
        headers={**HEADERS, "content-type": TYPES[path.suffix], "cache-control": "no-cache"},
    )


ROUTES = [
    Route("/", home),
    Route("/page/parts", parts),
    Route("/page/media/{id}", files.media),
    Route("/page/webhooks/{id:int}/body", webhook_body),
    Route("/page/static/{name}", static),
    Route("/page.css", static),
    Route("/page.js", static),
    *acts.ROUTES,
    *switches.ROUTES,
]
