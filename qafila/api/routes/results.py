"""What became of a contract's messages: the user's two lists, and our own lists."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any, Literal

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from qafila.api import words
from qafila.api.auth import needs
from qafila.api.call import call_of
from qafila.api.refusals import ApiRefusal
from qafila.api.routes.finding import contract_of, place_of
from qafila.api.shapes import contracts as shapes
from qafila.api.shapes.faults import REFUSALS, Refusal
from qafila.api.shapes.messages import MessagePage
from qafila.api.streams import streamed
from qafila.campaigns import queries
from qafila.campaigns.queries import Contract
from qafila.campaigns.rules.results import Totals
from qafila.kit.stamps import stamp
from qafila.kit.tables import csv_chunks
from qafila.ledger import queries as ledger
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import State

router = Router(tags=["results"])
MOST_LINES = 10_000
_IN_MEMORY = 1_000_000
_PIECE = 64 * 1024


@router.get(
    "/{contract_id}/stats",
    response={200: shapes.ContractStats, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="Results of a contract",
)
def contract_stats(
    request: HttpRequest,
    contract_id: str,
    limit: int | None = Query(
        None, ge=0, le=MOST_LINES, description="Lines of both lists together; 0: figures only."
    ),
    after: str | None = Query(None, description="`nextAfter` of the page before."),
) -> Any:
    """success: sent, delivered, read. failed: failed, skipped, cancelled, and uncertain for more than 24 hours. Without
    `limit` the lists come whole, as a stream."""
    contract = contract_of(request, contract_id)
    if limit is None and after is None:
        return _whole(request, contract)
    return _page(request, contract, place_of(after), MOST_LINES if limit is None else limit)


def _page(request: HttpRequest, contract: Contract, after: int, limit: int) -> dict[str, Any]:
    call = call_of(request)
    found: list[tuple[bool, MessageRow]] = []
    ended: int | None = None
    if limit:
        found, ended = queries.results_page(contract.campaign, after_id=after, limit=limit, now=call.now)
    return {
        **_head(contract, contract.totals),
        "successPhoneNumbers": [_sent(row) for went_out, row in found if went_out],
        "failedPhoneNumbers": [_failed(row, call.language) for went_out, row in found if not went_out],
        "nextAfter": str(ended) if ended is not None else None,
    }


def _head(contract: Contract, totals: Totals) -> dict[str, Any]:
    return {
        "status": contract.status.value,
        "total": totals.total,
        "success": totals.success,
        "failed": totals.failed,
        "successRate": totals.success_rate,
        "states": words.states(contract.counts),
        "failedClearedAt": stamp(contract.campaign.failed_cleared_at),
    }


def _whole(request: HttpRequest, contract: Contract) -> StreamingHttpResponse:
    """Both lists from one walk over the messages, so that each number stands in exactly one of them and the figures agree
    with the lists even while the contract runs. Kept in two files beyond a megabyte; the database is done with before
    the first byte goes out, however slowly they are fetched."""
    call = call_of(request)
    sent: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the stream ends
    failed: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    counted = {True: 0, False: 0}
    for went_out, row in queries.results(contract.campaign, now=call.now):
        file = sent if went_out else failed
        line = _sent(row) if went_out else _failed(row, call.language)
        file.write(b"," + orjson.dumps(line) if counted[went_out] else orjson.dumps(line))
        counted[went_out] += 1
    totals = contract.totals
    if contract.campaign.failed_cleared_at is None:
        totals = Totals(totals.total, counted[True], counted[False])
    return streamed(request, _pieces(orjson.dumps(_head(contract, totals)), sent, failed))


def _pieces(head: bytes, sent: IO[bytes], failed: IO[bytes]) -> Iterator[bytes]:
    with sent, failed:
        yield head[:-1] + b',"successPhoneNumbers":['
        yield from _read(sent)
        yield b'],"failedPhoneNumbers":['
        yield from _read(failed)
        yield b'],"nextAfter":null}'


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _sent(row: MessageRow) -> dict[str, Any]:
    return {"phoneNumber": row.given_or_address, "sentAt": stamp(row.sent_at), "state": row.state.word}


def _failed(row: MessageRow, language: str) -> dict[str, Any]:
    return {
        "phoneNumber": row.given_or_address,
        "errorMessage": words.error_message(row, language),
        "attempts": row.tries,
        "state": row.state.word,
        "reason": row.reason,
        "row": row.row_number,
    }


@router.get(
    "/{contract_id}/messages",
    response={200: MessagePage, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="Messages of a contract",
)
def contract_messages(
    request: HttpRequest,
    contract_id: str,
    state: str | None = Query(None, description="One state, or several separated by commas."),
    limit: int = Query(1_000, ge=1, le=MOST_LINES),
    after: str | None = Query(None),
) -> dict[str, Any]:
    """In the order of the rows; each with its state and why."""
    contract = contract_of(request, contract_id)
    rows = list(
        ledger.messages(
            contract.campaign.batch_id, states=_states(state), after_id=place_of(after), limit=limit
        )
    )
    language = call_of(request).language
    return {
        "messages": [words.message_line(row, language) for row in rows],
        "nextAfter": str(rows[-1].id) if len(rows) == limit else None,
    }


def _states(given: str | None) -> list[State] | None:
    if given is None:
        return None
    known = {state.word: state for state in State if state is not State.RECEIVED}
    asked = [word.strip() for word in given.split(",")]
    unknown = next((word for word in asked if word not in known), None)
    if unknown is not None:
        params = {"value": unknown[:40], "allowed": ", ".join(known)}
        raise ApiRefusal(422, "unknown_status", params=params, field="state")
    return [known[word] for word in asked]


@router.get(
    "/{contract_id}/rejected",
    response={200: shapes.RejectedRows, REFUSALS: Refusal},
    auth=needs("contracts:read"),
    summary="Rows that were refused",
    openapi_extra={"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}},
)
def contract_rejected(
    request: HttpRequest,
    contract_id: str,
    format: Literal["json", "csv"] = Query(
        "json", description="`json` in pages, or `csv` as one file to put right and upload again."
    ),
    limit: int = Query(1_000, ge=1, le=MOST_LINES),
    after: str | None = Query(None),
) -> Any:
    """Rows that could not be used when the contract was posted, with the reason of each."""
    contract = contract_of(request, contract_id)
    language = call_of(request).language
    rows = queries.rejected(contract.campaign, after_id=place_of(after))
    if format == "csv":
        lines = (_csv_line(row, language) for row in rows)
        response = streamed(
            request,
            csv_chunks(["row", "phone", "message", "code", "reason"], lines),
            content_type="text/csv; charset=utf-8",
        )
        response["Content-Disposition"] = f'attachment; filename="{contract_id}-rejected.csv"'
        return response
    page = [row for row, _ in zip(rows, range(limit), strict=False)]
    return {
        "rejected": [_rejected(row, language) for row in page],
        "nextAfter": str(page[-1].id) if len(page) == limit else None,
    }


def _csv_line(row: MessageRow, language: str) -> list[object]:
    code = row.reason or ""
    sentence = words.reason_sentence(code, language)
    return [row.row_number, row.given_or_address, row.body, code, sentence]


def _rejected(row: MessageRow, language: str) -> dict[str, Any]:
    code = row.reason or ""
    return {
        "row": row.row_number or 0,
        "phoneNumber": row.given_or_address,
        "code": code,
        "message": words.reason_sentence(code, language),
    }
