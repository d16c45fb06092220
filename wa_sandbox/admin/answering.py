"""Reading and answering admin calls: JSON in, JSON out, one form of error, and who may call."""

import base64
import binascii
import functools
import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from wa_sandbox.checked import BadInput
from wa_sandbox.sandbox import Sandbox

LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1", "testserver"))
Endpoint = Callable[[Request], Awaitable[Response]]


def answer(data: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(data), status_code=status, media_type="application/json")


def problem(status: int, code: str, message: str) -> Response:
    """An error: a stable code and a sentence."""
    return answer({"error": {"code": code, "message": message}}, status)


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox this application serves."""
    box: Sandbox = request.app.state.sandbox
    return box


async def json_of(request: Request) -> dict[str, Any]:
    """The body as a JSON object; {} when it is empty. Raises BadInput."""
    raw = await request.body()
    if not raw:
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        raise BadInput(f"The body is not valid JSON: {failure}.") from failure
    if not isinstance(data, dict):
        raise BadInput("The body must be a JSON object.")
    return data


def trouble_with_caller(request: Request) -> Response | None:
    """Refuse other sites' pages (a browser may reach a local port), unknown hosts, and a wrong admin token."""
    settings = sandbox_of(request).settings
    host = request.url.hostname or ""
    if not settings.allow_remote and host not in LOOPBACK:
        return problem(
            403, "unknown_host", "The sandbox answers only to localhost: start it with --allow-remote."
        )
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return problem(403, "other_site", "A page of another site may not steer the sandbox.")
    wanted = settings.admin_token
    if wanted is None or hmac.compare_digest(_given_token(request), wanted.encode()):
        return None
    refused = problem(401, "admin_token", "Give the admin token: Authorization: Bearer TOKEN.")
    # So that a browser asks for it: any user name, the token as the password.
    refused.headers["www-authenticate"] = 'Basic realm="WhatsApp sandbox"'
    return refused


def _given_token(request: Request) -> bytes:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return given.encode()
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def admin(endpoint: Endpoint) -> Endpoint:
    """An admin endpoint: checks the caller and turns BadInput into a 400."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        trouble = trouble_with_caller(request)
        if trouble is not None:
            return trouble
        try:
            return await endpoint(request)
        except BadInput as bad:
            return problem(400, "bad_input", str(bad))

    return guarded
