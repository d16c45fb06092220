"""Lists and chosen fields, as Graph gives them."""

import base64
import binascii
from typing import Any
from urllib.parse import urlencode

from wa_sandbox.graph.asked_fields import narrowed
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.request import GraphRequest

LIMIT_DEFAULT = 25
LIMIT_AT_MOST = 1000


def page(request: GraphRequest, rows: list[dict[str, Any]], key: str = "id") -> dict[str, Any]:
    """One page of rows: `data` and `paging` with cursors, and `next`/`previous` where there is more. `key`: names a row.

    A cursor holds on when rows before it, or its own, are gone by the next page.
    """
    limit = _limit(request)
    start, end = 0, len(rows)
    after, before = request.query.get("after"), request.query.get("before")
    if after:
        place, there = _place(after, rows, key)
        start = place + there
        end = min(end, start + limit)
    elif before:
        end, _ = _place(before, rows, key)
        start = max(0, end - limit)
    else:
        end = min(end, limit)
    data = rows[start:end]
    answer: dict[str, Any] = {"data": data}
    if data:
        last = start + len(data) - 1
        first_of, last_of = _cursor(start, rows[start][key]), _cursor(last, rows[last][key])
        paging: dict[str, Any] = {"cursors": {"before": first_of, "after": last_of}}
        if last + 1 < len(rows):
            paging["next"] = _url(request, {"after": last_of})
        if start > 0:
            paging["previous"] = _url(request, {"before": first_of})
        answer["paging"] = paging
    return answer


def chosen(fields: dict[str, str], values: dict[str, Any], default: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for, or the default ones; the id is always there. `fields`: name → which keys of it, "" for all.

    A value that can be called is an edge asked for as a field: it gets what stands in the braces (`expanded`).

    Graph refuses a field it does not know. Nobody outside has the whole list, and clients ask for many, so a field the
    sandbox does not know is left out, as Graph leaves out fields without a value; only what cannot be a name is refused.
    """
    result = {}
    for name, inner in (fields or dict.fromkeys(default, "")).items():
        if not name.replace("_", "").isalnum():
            raise Refusal(100, title=f"Tried accessing nonexisting field ({name})", plain=True)
        value = values.get(name)
        if callable(value):
            result[name] = value(inner)
        elif value is not None:
            result[name] = narrowed(value, inner)
    result["id"] = values["id"]
    return result


def expanded(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The first page of an edge that was asked for as a field: `phone_numbers{id}`."""
    rows = rows[:LIMIT_DEFAULT]
    if not rows:
        return {"data": []}
    first, last = _cursor(0, rows[0]["id"]), _cursor(len(rows) - 1, rows[-1]["id"])
    return {"data": rows, "paging": {"cursors": {"before": first, "after": last}}}


def _limit(request: GraphRequest) -> int:
    given = request.query.get("limit")
    if given is None:
        return LIMIT_DEFAULT
    digits = given.lstrip("0")
    if not (digits.isascii() and digits.isdecimal()):
        raise Refusal(100, title="Param limit must be a positive integer.", plain=True)
    return min(int(digits[:9]), LIMIT_AT_MOST)


def _cursor(place: int, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"row:{place}:{row_id}".encode()).decode()


def _place(cursor: str, rows: list[dict[str, Any]], key: str) -> tuple[int, bool]:
    """Where the row of a cursor stands now, and True; or where it stood, and False, when it is gone. Raises Refusal."""
    try:
        _, stood, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(":", 2)
        place = min(int(stood), len(rows))
    except (ValueError, binascii.Error) as failure:
        raise Refusal(100, title="Invalid cursor.", plain=True) from failure
    found = next((at for at, row in enumerate(rows) if row[key] == row_id), None)
    return (max(0, place), False) if found is None else (found, True)


def _url(request: GraphRequest, cursor: dict[str, str]) -> str:
    kept = {
        name: value
        for name, value in request.query.items()
        if name not in ("after", "before", "access_token")
    }
    path = "/".join(part for part in (request.version, request.node, request.edge) if part)
    return f"http://{request.host}/{path}?{urlencode({**kept, **cursor})}"
