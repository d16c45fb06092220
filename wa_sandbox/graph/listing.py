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


def page(request: GraphRequest, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of rows: `data` and `paging` with cursors, and `next`/`previous` where there is more."""
    limit = _limit(request)
    start, end = 0, len(rows)
    after, before = request.query.get("after"), request.query.get("before")
    if after:
        start = _position(after) + 1
        end = min(end, start + limit)
    elif before:
        end = _position(before)
        start = max(0, end - limit)
    else:
        end = min(end, limit)
    data = rows[start:end]
    answer: dict[str, Any] = {"data": data}
    if data:
        last = start + len(data) - 1
        paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(last)}}
        if last + 1 < len(rows):
            paging["next"] = _url(request, {"after": _cursor(last)})
        if start > 0:
            paging["previous"] = _url(request, {"before": _cursor(start)})
        answer["paging"] = paging
    return answer


def chosen(fields: dict[str, str], values: dict[str, Any], default: tuple[str, ...]) -> dict[str, Any]:
    """The fields asked for, or the default ones; the id is always there. `fields`: name → which keys of it, "" for all.

    Graph refuses a field it does not know. Nobody outside has the whole list, and clients ask for many, so a field the
    sandbox does not know is left out, as Graph leaves out fields without a value; only what cannot be a name is refused.
    """
    result = {}
    for name, inner in (fields or dict.fromkeys(default, "")).items():
        if not name.replace("_", "").isalnum():
            raise Refusal(100, title=f"Tried accessing nonexisting field ({name})", plain=True)
        if values.get(name) is not None:
            result[name] = narrowed(values[name], inner)
    result["id"] = values["id"]
    return result


def _limit(request: GraphRequest) -> int:
    given = request.query.get("limit")
    if given is None:
        return LIMIT_DEFAULT
    digits = given.lstrip("0")
    if not (digits.isascii() and digits.isdecimal()):
        raise Refusal(100, title="Param limit must be a positive integer.", plain=True)
    return min(int(digits[:9]), LIMIT_AT_MOST)


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"row:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("row:"))
    except (ValueError, binascii.Error) as failure:
        raise Refusal(100, title="Invalid cursor.", plain=True) from failure


def _url(request: GraphRequest, cursor: dict[str, str]) -> str:
    kept = {
        name: value
        for name, value in request.query.items()
        if name not in ("after", "before", "access_token")
    }
    path = "/".join(part for part in (request.version, request.node, request.edge) if part)
    return f"http://{request.host}/{path}?{urlencode({**kept, **cursor})}"
