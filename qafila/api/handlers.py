"""From what is raised to how it is refused. Everything unexpected is logged with its traceback and answered with a number."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from qafila.api.bodies import BodyTooLarge, InvalidJson, too_large
from qafila.api.call import call_of
from qafila.api.refusals import ApiRefusal, answer, fault
from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.campaigns.actions import StrictRejected
from qafila.campaigns.rules.recipients import Recipient

log = logging.getLogger(__name__)

_MOST_DETAILS = 100
_CODES = {
    "missing": "field_required",
    "extra_forbidden": "unknown_field",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_too_short": "empty",
    "too_short": "empty",
    "nul_byte": "nul_byte",
    "bad_encoding": "bad_encoding",
    "string_unicode": "bad_encoding",
}
_TYPES = {
    "string": "string",
    "bool": "boolean",
    "int": "integer",
    "list": "array",
    "dict": "object",
    "model": "object",
    "model_attributes": "object",
    "date": "ISO 8601 time",
    "datetime": "ISO 8601 time",
    "timezone": "ISO 8601 time",
    "uuid": "UUID",
}
LIMIT_MOST = 10_000


def register(api: NinjaAPI) -> None:
    """Makes the API answer in this house's shape, whatever is raised. The nearest class of an exception counts."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        ApiRefusal: answer,
        Refused: refused,
        StrictRejected: strict_rejected,
        ValidationError: validation,
        HttpError: http_error,
        Http404: not_found,
        BodyTooLarge: body_too_large,
        RequestDataTooBig: body_too_large,
        SuspiciousOperation: bad_request,
        MultiPartParserError: bad_file,
        UnreadablePostError: bad_request,
        OperationalError: database_away,
        InterfaceError: database_away,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def refused(request: HttpRequest, exc: Refused) -> HttpResponse:
    """What an action refuses. What belongs to another business is answered as what does not exist."""
    params = dict(exc.params)
    field = params.pop("field", None)
    if isinstance(exc, NotFound):
        return answer(request, ApiRefusal(404, exc.code))
    if isinstance(exc, NotAllowed):
        return answer(request, ApiRefusal(403, "forbidden_scope", params=params))
    refusal = ApiRefusal(exc.status, exc.code, params=params, field=field)
    return answer(request, refusal, sentence=str(exc))


def strict_rejected(request: HttpRequest, exc: StrictRejected) -> HttpResponse:
    """All rows or none: every row that cannot be used is listed."""
    language = call_of(request).language
    details = [row_fault(row, language) for row in exc.rejected]
    return answer(request, ApiRefusal(422, exc.code, params=exc.params, details=details))


def row_fault(row: Recipient, language: str) -> dict[str, Any]:
    """A refused row: ``{row, phoneNumber, code, message, field}``."""
    code = "duplicate_row" if row.reason == "duplicate" else row.reason
    said = fault(code, language, row=row.row, params=row.words)
    listed = {"row": row.row, "phoneNumber": row.given, "code": row.reason, "message": said["message"]}
    if row.wrong:
        listed["field"] = row.wrong
    return listed


def validation(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """Fields of the body or the query that are not right; one fault stands at the top, several in ``details``."""
    language = call_of(request).language
    faults = [_fault_of(error, language) for error in exc.errors[:_MOST_DETAILS]]
    if len(faults) == 1:
        code, params, field = _code_of(exc.errors[0])
        return answer(request, ApiRefusal(422, code, params=params, field=field, details=faults))
    return answer(request, ApiRefusal(422, "validation_failed", details=faults))


def _fault_of(error: Mapping[str, Any], language: str) -> dict[str, Any]:
    code, params, field = _code_of(error)
    return fault(code, language, field=field, params=params)


def _code_of(error: Mapping[str, Any]) -> tuple[str, dict[str, Any], str]:
    """A library's complaint in our words: code, parameters, field."""
    kind, context = str(error["type"]), error.get("ctx") or {}
    source, *rest = [str(part) for part in error["loc"]]
    if source == "body" and rest[:1] == ["body"] and (len(rest) > 1 or kind == "missing"):
        rest = rest[1:]
    field = ".".join(rest) or "body"
    if source == "query" and field == "limit":
        return "invalid_limit", {"most": context.get("le", LIMIT_MOST)}, field
    if kind in _CODES:
        limit = context.get("max_length")
        return _CODES[kind], {"limit": limit} if limit is not None else {}, field
    if kind in {"literal_error", "enum"}:
        return "invalid_value", {"allowed": str(context.get("expected", "")).replace("'", "")}, field
    if kind.endswith(("_type", "_parsing", "_aware")):
        word = kind.partition("_")[0]
        return "wrong_type", {"expected": _TYPES.get(word, word)}, field
    return "invalid_value", {}, field


def http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """What the framework itself refuses; its cause knows more."""
    cause = exc.__cause__
    if isinstance(cause, BodyTooLarge):
        return body_too_large(request, cause)
    if isinstance(cause, InvalidJson):
        return answer(request, ApiRefusal(400, "invalid_json", params=cause.place))
    if exc.status_code == 400:
        return answer(request, ApiRefusal(400, "invalid_json"))
    return answer(request, ApiRefusal(exc.status_code, "invalid_value"), sentence=exc.message)


def not_found(request: HttpRequest, exc: Http404) -> HttpResponse:
    """An address that there is not."""
    del exc
    return answer(request, ApiRefusal(404, "not_found"))


def body_too_large(request: HttpRequest, exc: Exception) -> HttpResponse:
    """413, with the limit of this address."""
    del exc
    return answer(request, too_large(request.path))


def bad_request(request: HttpRequest, exc: Exception) -> HttpResponse:
    """A request that cannot be read at all."""
    log.info("a request could not be read", extra={"cause": type(exc).__name__, "call": call_of(request).id})
    return answer(request, ApiRefusal(400, "invalid_json"))


def bad_file(request: HttpRequest, exc: Exception) -> HttpResponse:
    """A form with a file that is broken."""
    del exc
    return answer(request, ApiRefusal(400, "file_unreadable"))


def database_away(request: HttpRequest, exc: Exception) -> HttpResponse:
    """The database does not answer: nothing was done."""
    call = call_of(request)
    log.error("the database does not answer", extra={"cause": type(exc).__name__, "call": call.id})
    return answer(request, ApiRefusal(503, "database_unavailable", headers={"Retry-After": "5"}))


def unexpected(request: HttpRequest, exc: Exception) -> HttpResponse:
    """A fault of ours. The log has the traceback under the number that the caller gets; never the body."""
    call = call_of(request)
    route = getattr(request.resolver_match, "route", "")
    log.error(
        "an API call ended in a fault of the program",
        exc_info=exc,
        extra={"call": call.id, "method": request.method, "route": route},
    )
    return answer(request, ApiRefusal(500, "internal_error", params={"request_id": call.id}))
