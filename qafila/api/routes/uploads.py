"""A contract from a file of any size: written to storage as it comes, read by a job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import actor_of, call_of
from qafila.api.idempotency import answer_once
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import named_target
from qafila.api.shapes.contracts import UploadedContract
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.api.streams import as_json
from qafila.campaigns import actions, incoming
from qafila.campaigns.incoming import Stored
from qafila.campaigns.rules.statuses import Status as Word
from qafila.senders.models import Package, Sender

router = Router(tags=["contracts"])
_PIECE = 1024 * 1024
OPTIONS = {
    "accountId": "The account that sends; or `packageId`.",
    "packageId": "The package whose numbers share it, instead of `accountId`.",
    "name": "Name of the contract.",
    "phoneColumn": "Heading of the column with phone numbers; found by itself under the usual names.",
    "messageColumn": "Heading of the column with messages; found by itself under the usual names.",
    "nameColumn": "Heading of the column with people's names.",
    "template": "Name of an approved template, instead of the account's default.",
    "templateLanguage": "Its language, e.g. `en`.",
    "templateVariable": "Name of its one variable; left out: a numbered one.",
    "params": "Headings of the columns that fill the template's numbered variables, separated by commas.",
    "encoding": "A codec such as `cp1251`; found by itself.",
    "delimiter": "The separator of cells; found by itself.",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/upload",
    response={201: UploadedContract, REFUSALS: Refusal},
    auth=needs("contracts:write"),
    summary="Post a contract as a CSV file",
    openapi_extra={
        "parameters": [
            {
                "in": "query",
                "name": name,
                "schema": {"type": "string"},
                "required": name == "name",
                "description": text,
            }
            for name, text in OPTIONS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": _FILE,
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": _FILE["schema"]},
                    }
                },
            },
        },
    },
)
def upload_contract(request: HttpRequest) -> HttpResponse:
    """Up to 2,000,000 rows and 500 MB. The body is the file itself, or a form with the field `file` (the options may then
    be fields of the form). `totalCount` is final in the answer; the rows are read in the background, and
    `GET /api/contracts/{id}` says how far that is. A start meanwhile takes effect at the end."""
    actor = actor_of(request)
    given = _given(request)
    over = named_target(request, given.get("accountId") or None, given.get("packageId") or None)
    stored = incoming.store(_pieces(request))
    kept = False

    def create() -> HttpResponse:
        nonlocal kept
        campaign = actions.create_contract_from_file(
            business=actor.business,
            sender=over if isinstance(over, Sender) else None,
            package=over if isinstance(over, Package) else None,
            name=given["name"],
            file=stored,
            options=_options(given),
            template=_template(given),
            actor=actor,
            now=call_of(request).now,
        )
        kept = True
        twin = campaign.possible_duplicate_of
        return as_json(
            {
                "id": campaign.public_id,
                "totalCount": campaign.total_count,
                "status": Word.PENDING.value,
                "possibleDuplicateOf": twin.public_id if twin else None,
                "import": words.import_progress(campaign),
            },
            status=201,
        )

    try:
        return _once(request, stored, create)
    finally:
        if not kept:
            incoming.forget(stored.name)


def _once(request: HttpRequest, stored: Stored, create: Any) -> HttpResponse:
    response = answer_once(request, actor_of(request), stored.sha256, create)
    if not isinstance(response, HttpResponse):
        raise TypeError("An upload is answered whole.")
    return response


def _given(request: HttpRequest) -> dict[str, str]:
    """The options, from the query and, in a form, its fields. Raises 422 for an unknown or missing one."""
    given = {name: request.GET[name] for name in request.GET}
    if _is_form(request):
        given = {name: request.POST[name] for name in request.POST} | given
    for name in given:
        if name not in OPTIONS:
            raise ApiRefusal(422, "unknown_field", field=name[:64])
    if not given.get("name", "").strip():
        raise ApiRefusal(422, "field_required", field="name")
    return given


def _is_form(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    if not _is_form(request):
        while piece := request.read(_PIECE):
            yield piece
        return
    file = request.FILES.get("file")
    if file is None:
        raise ApiRefusal(422, "field_required", field="file")
    yield from file.chunks(_PIECE)


def _options(given: dict[str, str]) -> dict[str, Any]:
    columns = {
        field: given[name]
        for field, name in (("phone", "phoneColumn"), ("message", "messageColumn"), ("name", "nameColumn"))
        if given.get(name)
    }
    params = [header.strip() for header in given.get("params", "").split(",") if header.strip()]
    chosen = {"columns": columns, "params": params}
    chosen |= {name: given[name] for name in ("encoding", "delimiter") if given.get(name)}
    return chosen


def _template(given: dict[str, str]) -> dict[str, Any] | None:
    if not given.get("template"):
        return None
    return {
        "name": given["template"],
        "language": given.get("templateLanguage", ""),
        "variable": given.get("templateVariable") or None,
    }
