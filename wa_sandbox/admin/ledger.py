"""`/admin/ledger`: what was accepted, for comparing with a client's own books."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from wa_sandbox.admin.answering import admin, answer, problem, sandbox_of
from wa_sandbox.checked import BadInput
from wa_sandbox.sandbox import Sandbox

ROWS_AT_ONCE = 500
GROUPS_SHOWN = 1000


def summary(box: Sandbox) -> dict[str, Any]:
    """The counts of this epoch."""
    books = box.books
    return {
        "epoch": books.epoch,
        "requests": books.requests,
        "accepted": len(books.messages),
        "by_status": {status: count for status, count in books.statuses.items() if count},
        "failed_by_code": {str(code): count for code, count in books.failed.items()},
        "refused": sum(books.refused.values()),
        "refused_by_code": {str(code): count for code, count in books.refused.items()},
        "inbound": len(books.inbound),
        "faults_fired": dict(books.faults),
        "duplicates": books.duplicates(),
        "limits_seen": books.limits_seen(),
        "receipts_waiting": box.receipts.waiting,
        "webhooks_waiting": box.webhooks.waiting,
    }


@admin
async def ledger(request: Request) -> Response:
    """`GET` the summary; `DELETE` begins a new epoch with empty books (the file keeps the old ones)."""
    box = sandbox_of(request)
    if request.method == "DELETE":
        return answer({"epoch": box.new_epoch()})
    return answer(summary(box))


@admin
async def messages(request: Request) -> Response:
    """`GET /admin/ledger/messages?after=0&limit=`: accepted messages as NDJSON, in order; `after` is an `n`."""
    box = sandbox_of(request)
    after = _whole(request, "after", 0)
    limit = _whole(request, "limit", len(box.books.messages))
    rows = box.books.messages[after : after + limit]

    async def lines() -> AsyncIterator[bytes]:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            chunk = rows[start : start + ROWS_AT_ONCE]
            yield b"".join(orjson.dumps(row.as_json(), option=orjson.OPT_APPEND_NEWLINE) for row in chunk)
            await asyncio.sleep(0)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@admin
async def message(request: Request) -> Response:
    """`GET /admin/ledger/messages/{wamid}`."""
    found = sandbox_of(request).books.by_wamid.get(request.path_params["wamid"])
    if found is None:
        return problem(404, "not_found", "No message with this id was accepted in this epoch.")
    return answer(found.as_json())


@admin
async def duplicates(request: Request) -> Response:
    """`GET /admin/ledger/duplicates`: messages with the same number, person and callback data, listed exactly."""
    groups = sandbox_of(request).books.repeated()
    shown = [
        {
            "phone_number_id": number_id,
            "wa_id": wa_id,
            "biz_opaque_callback_data": biz,
            "messages": [[found.n, found.wamid] for found in group],
        }
        for (number_id, wa_id, biz), group in list(groups.items())[:GROUPS_SHOWN]
    ]
    return answer({"groups": len(groups), "data": shown})


@admin
async def idle(request: Request) -> Response:
    """`GET /admin/idle`: whether anything is still to come (receipts) or to be delivered (webhooks). What it tells of stands
    in the ledger file: killing the sandbox after it takes nothing back."""
    box = sandbox_of(request)
    box.journal.flush()
    receipts, webhooks = box.receipts.waiting, box.webhooks.waiting
    return answer(
        {"idle": not receipts and not webhooks, "receipts_waiting": receipts, "webhooks_waiting": webhooks}
    )


def _whole(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise BadInput(f"{name} must be a whole number, 0 or more.")
    return int(given)


ROUTES = [
    Route("/admin/ledger", ledger, methods=["GET", "DELETE"]),
    Route("/admin/ledger/messages", messages),
    Route("/admin/ledger/messages/{wamid:path}", message),
    Route("/admin/ledger/duplicates", duplicates),
    Route("/admin/idle", idle),
]
