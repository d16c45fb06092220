"""How the page answers: policy headers, the whole page, and forms that work with and without the script.

A form goes back to the page (303), or shows it again with a sentence about what was wrong (400). The script asks for JSON
and gets `{"go": address}` or the sandbox's form of error.
"""

import functools
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wa_sandbox.admin.answering import answer, problem, sandbox_of, trouble_with_caller
from wa_sandbox.checked import BadInput
from wa_sandbox.page.parts import document
from wa_sandbox.page.state import Look, State

# The referrer policy is not "no-referrer": browsers then send forms of this page with the origin "null".
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
UPLOAD_AT_MOST = 17 * 1024 * 1024

Act = Callable[[Request, FormData, State], Awaitable[State]]


def look_of(request: Request, asked: State | None = None) -> Look:
    """What a request looks at."""
    state = State.of(request.query_params) if asked is None else asked
    return Look.at(sandbox_of(request), state, request.headers.get("host", "localhost"))


def page_of(look: Look, trouble: str = "", status: int = 200) -> Response:
    """The whole page, perhaps with a sentence about what went wrong."""
    text = document(look, trouble).encode("utf-8", "replace")
    return Response(text, status_code=status, media_type="text/html", headers=HEADERS)


def form_page(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for a form: `act` does it and returns where to go. Raises nothing; BadInput becomes a sentence."""

    @functools.wraps(act)
    async def guarded(request: Request) -> Response:
        refused = trouble_with_caller(request)
        if refused is not None:
            return refused
        wants_json = "application/json" in request.headers.get("accept", "")
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > UPLOAD_AT_MOST:
            return _refusal(request, State(), "The file is larger than 16 MB.", wants_json)
        back = State()
        try:
            form = await request.form(max_files=1)
            back = State.at(field(form, "at"))
            gone_to = await act(request, form, back)
        except BadInput as bad:
            return _refusal(request, back, str(bad), wants_json)
        except HTTPException as bad:
            return _refusal(request, back, f"The form could not be read: {bad.detail}", wants_json)
        except OSError as failure:
            return _refusal(request, back, f"It could not be written: {failure.strerror}.", wants_json)
        if wants_json:
            return answer({"go": gone_to.url()})
        return RedirectResponse(gone_to.url(), status_code=303, headers=HEADERS)

    return guarded


def field(form: FormData, name: str) -> str:
    """A field of a form as text; "" when it is missing or a file."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _refusal(request: Request, back: State, sentence: str, wants_json: bool) -> Response:
    if wants_json:
        return problem(400, "bad_input", sentence)
    return page_of(look_of(request, back), sentence, 400)
