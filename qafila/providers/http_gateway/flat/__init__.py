"""A set-up as plain fields, for a form, and back again.

The fields are texts as a person writes them, one yes or no, and lists of rows where something may stand several times. What they
cannot show (a request for "typing…", a number in a body, two questions in one condition) stays where it is: :func:`build` changes
in a set-up only what was changed in its fields. :func:`held` names what that is.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from qafila.providers.http_gateway.flat import rows, webhook
from qafila.providers.http_gateway.flat.conditions import as_row, made
from qafila.providers.http_gateway.flat.rows import Row

SINGLES: Final[dict[str, tuple[str, Any]]] = {
    "name": ("name", ""),
    "note": ("note", ""),
    "draft": ("draft", False),
    "auth_header": ("auth.header", "Authorization"),
    "auth_value": ("auth.value", "Bearer {token}"),
    "auth_query": ("auth.query", ""),
    "send_method": ("send.method", "POST"),
    "send_path": ("send.path", ""),
    "send_format": ("send.format", "json"),
    "send_id": ("send.id", ""),
    "send_error_code": ("send.error_code", ""),
    "send_error_message": ("send.error_message", ""),
}
"""Field → its place in a set-up, and what counts where nothing stands there."""
OBJECTS: Final = ("body", "query", "headers")
_COLUMNS: Final = {"equals": "value", "contains": "value", "exists": "test", "class": "failure"}


class Spot(NamedTuple):
    """A field. In a list of rows also the row (from 0) and its column; ``row`` None there: the list as a whole."""

    name: str
    row: int | None = None
    column: str = ""


def flatten(setup: Mapping[str, Any]) -> dict[str, Any]:
    """What fields show of a set-up that can be used, or of an empty one: texts, ``draft`` as bool, and rows.

    Rows: ``body``, ``query``, ``headers`` (name, text), ``accepted`` (status, path, test, value), ``errors`` (these, failure, code),
    ``states`` (word, state).
    """
    flat: dict[str, Any] = {}
    for name, (place, default) in SINGLES.items():
        found = _at(setup, place)
        if isinstance(found, str):
            found = rows.lines(found) if name == "note" else rows.line(found)
        flat[name] = default if found is None else found
    send = setup.get("send") or {}
    for name in OBJECTS:
        flat[name] = rows.of_object(name, send.get(name, {}))
    for name, row_of in (("accepted", as_row), ("errors", _error_row)):
        flat[name] = [row for one in send.get(name, []) if (row := row_of(one)) is not None]
    return flat | webhook.flatten(setup.get("webhook") or {})


def build(flat: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The set-up that fields describe, made of the one that they showed. It is still to be checked (:func:`setup.read`).

    Raises :class:`rows.Clash`, and ``ValueError`` for statuses that are none.
    """
    was = flatten(base)
    setup: dict[str, Any] = copy.deepcopy(dict(base)) or {"version": 1}
    for name, (place, default) in SINGLES.items():
        if flat[name] != was[name]:
            _put(setup, place, flat[name] or default)
    send = setup.setdefault("send", {"path": ""})
    for name in OBJECTS:
        if rows.filled(flat[name]) != was[name]:
            send[name] = rows.to_object(name, flat[name], send.get(name, {}))
    for name, (items, _rows) in _lists(flat, send).items():
        if items or name in send:
            send[name] = items
    found = webhook.build(flat, setup.get("webhook") or {})
    if found:
        setup["webhook"] = found
    elif setup.get("webhook"):
        del setup["webhook"]
    return setup


def spot(where: str, flat: Mapping[str, Any], base: Mapping[str, Any]) -> Spot | None:
    """The field that a fault of the built set-up is about (:attr:`BadSetup.where`); None: no single one."""
    spots: dict[str, Spot] = {place: Spot(name) for name, (place, _default) in SINGLES.items()}
    spots |= {f"send.{name}": Spot(name) for name in OBJECTS}
    for name, (_items, rows_of) in _lists(flat, base.get("send") or {}).items():
        for place, row in enumerate(rows_of):
            if row is not None:
                spots[f"send.{name}.{place}"] = Spot(name, row, "path")
        spots[f"send.{name}"] = Spot(name)
    built = webhook.build(flat, base.get("webhook") or {})
    spots |= {f"webhook.{place}": Spot(name) for place, name in webhook.spots(built).items()}
    for start, found in spots.items():
        if where == start or where.startswith(f"{start}."):
            rest = where[len(start) + 1 :].removeprefix("when").removeprefix(".").partition(".")[0]
            return (
                found._replace(column=_COLUMNS.get(rest, rest)) if found.row is not None and rest else found
            )
    return None


def held(setup: Mapping[str, Any]) -> list[str]:
    """What of a set-up no field shows: ``typing``, ``check``, ``state``, ``body``, ``query``, ``accepted``, ``errors``, ``events``
    and ``states``."""
    flat = flatten(setup)
    send, hook = setup.get("send") or {}, setup.get("webhook") or {}
    found = [name for name in ("typing", "check", "state") if setup.get(name)]
    found += [name for name in OBJECTS if rows.rest_of(name, send.get(name, {}))]
    found += [name for name in ("accepted", "errors") if len(flat[name]) < len(send.get(name, []))]
    events = hook.get("events", [])
    ours = [webhook.event_of(events, kind) for kind, _paths in webhook.EVENTS.values()]
    found += ["events"] if sum(one is not None for one in ours) < len(events) else []
    found += ["states"] if any(rows.rest_of("states", (one or {}).get("states", {})) for one in ours) else []
    return found


def fingerprint(setup: Mapping[str, Any]) -> str:
    """Tells two set-ups apart, whatever order their parts are in."""
    return hashlib.sha256(orjson.dumps(setup, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _lists(flat: Mapping[str, Any], send: Mapping[str, Any]) -> dict[str, tuple[list[Any], list[int | None]]]:
    return {
        "accepted": rows.merged(send.get("accepted", []), flat["accepted"], as_row, made),
        "errors": rows.merged(send.get("errors", []), flat["errors"], _error_row, _error),
    }


def _error_row(rule: Mapping[str, Any]) -> Row | None:
    row = as_row(rule["when"])
    return None if row is None else {**row, "failure": rule["class"], "code": rule["code"]}


def _error(row: Row) -> dict[str, Any]:
    return {"when": made(row), "class": row["failure"], "code": row["code"]}


def _at(setup: Mapping[str, Any], place: str) -> Any:
    found: Any = setup
    for step in place.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _put(setup: dict[str, Any], place: str, value: Any) -> None:
    *above, last = place.split(".")
    for step in above:
        setup = setup.setdefault(step, {})
    setup[last] = value
