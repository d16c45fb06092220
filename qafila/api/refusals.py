"""Every refusal in one shape: ``{"error": {"code", "message", "step", "field"?, "row"?, "details"?, "requestId"}}``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from qafila import wording
from qafila.api.call import call_of
from qafila.campaigns.rules.recipients import keepable

LONGEST_FIELD = 100


class ApiRefusal(Exception):
    """A call that is not carried out, for a reason of the API itself (rooms below raise ``businesses.Refused``).

    :ivar code: stable; worded by ``wording/``.
    :ivar params: for the wording.
    :ivar details: one entry each fault, in the same shape without ``requestId``.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        params: Mapping[str, Any] | None = None,
        field: str | None = None,
        row: int | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.params = dict(params or {})
        self.field = field
        self.row = row
        self.details = details
        self.headers = dict(headers or {})


def answer(request: HttpRequest, refusal: ApiRefusal, *, sentence: str = "") -> HttpResponse:
    """The refusal as a response, in the caller's language.

    :param sentence: English, used where ``wording/`` has nothing for the code.
    """
    call = call_of(request)
    error = fault(
        refusal.code,
        call.language,
        field=refusal.field,
        row=refusal.row,
        params=refusal.params,
        sentence=sentence,
    )
    if refusal.details:
        error["details"] = list(refusal.details)
    error["requestId"] = call.id
    response = HttpResponse(
        orjson.dumps({"error": error}), status=refusal.status, content_type="application/json"
    )
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def fault(
    code: str,
    language: str,
    *,
    field: str | None = None,
    row: int | None = None,
    params: Mapping[str, Any] | None = None,
    sentence: str = "",
) -> dict[str, Any]:
    """One fault: its code, sentence, step, and where it is."""
    values = dict(params or {})
    if field is not None:
        field = keepable(field, LONGEST_FIELD)
        values.setdefault("field", field)
    if sentence and not wording.is_known(code):
        said: dict[str, Any] = {"code": code, "message": sentence, "step": ""}
    else:
        text, cause, step = _said(code, language, tuple(sorted((k, _plain(v)) for k, v in values.items())))
        said = {"code": code, "message": text, "step": step}
        if cause:
            said["cause"] = cause
    if field is not None:
        said["field"] = field
    if row is not None:
        said["row"] = row
    return said


def sentence_of(code: str, language: str, **params: Any) -> str:
    """Only the sentence of a code: what ``message`` and ``errorMessage`` say in lists."""
    return _said(code, language, tuple(sorted((k, _plain(v)) for k, v in params.items())))[0]


def _plain(value: Any) -> str | int:
    return value if isinstance(value, int) else keepable(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=4096)
def _said(code: str, language: str, params: tuple[tuple[str, str | int], ...]) -> tuple[str, str, str]:
    said = wording.say(code, language, **dict(params))
    return said.sentence, said.cause, said.step
