"""The webhook of a set-up as fields: one kind of message, one kind of receipt, the signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from qafila.providers.http_gateway.flat import rows
from qafila.providers.http_gateway.flat.conditions import IS, as_row, made

SIGNATURE: Final = {"header": "", "algorithm": "sha256", "prefix": ""}
MESSAGE: Final = ("from", "text", "id", "name", "at", "sender")
RECEIPT: Final = ("state", "id", "attempt_id", "error_code", "to", "at", "sender")
EVENTS: Final = {"message": ("message", MESSAGE), "receipt": ("status", RECEIPT)}
"""How fields begin → what ``is`` says, and the paths of such an event."""
_WHEN: Final = ("path", "test", "value")
_REQUIRED: Final = frozenset({"from", "text", "state"})


def event_of(events: Sequence[Any], kind: str) -> dict[str, Any] | None:
    """The first of its kind that fields can show: the very object."""
    for one in events:
        asked = as_row(one["when"]) if one["is"] == kind else None
        if asked is not None and not asked["status"]:
            return one  # type: ignore[no-any-return]
    return None


def flatten(webhook: Mapping[str, Any]) -> dict[str, Any]:
    """Its fields, and the rows ``states``."""
    flat: dict[str, Any] = {"webhook_list": webhook.get("list", "")}
    signature = webhook.get("signature") or {}
    for part, default in SIGNATURE.items():
        flat[f"signature_{part}"] = rows.line(signature.get(part, default))
    for begins, (kind, paths) in EVENTS.items():
        event = event_of(webhook.get("events", []), kind) or {}
        asked = as_row(event["when"]) if event else None
        for part in _WHEN:
            flat[f"{begins}_when_{part}"] = asked[part] if asked else IS if part == "test" else ""
        for part in paths:
            flat[f"{begins}_{part}"] = event.get(part, "")
        if begins == "receipt":
            flat["states"] = rows.of_object("states", event.get("states", {}))
    return flat


def build(flat: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The webhook that the fields describe, made of the one that they showed; empty: none. Raises :class:`rows.Clash`."""
    was, found = flatten(base), dict(base)
    if flat["webhook_list"] != was["webhook_list"]:
        found["list"] = flat["webhook_list"]
    if any(flat[f"signature_{part}"] != was[f"signature_{part}"] for part in SIGNATURE):
        found.pop("signature", None)
        said = {part: flat[f"signature_{part}"] or default for part, default in SIGNATURE.items()}
        if said["header"] or said["prefix"]:
            found["signature"] = said
    events = list(found.pop("events", []))
    for begins, (kind, _paths) in EVENTS.items():
        old = event_of(events, kind)
        new = _event(begins, flat, was, old)
        if old is None:
            events += [new] if new else []
        else:
            events = [new if one is old else one for one in events if one is not old or new]
    return {**found, "events": events} if events else {k: v for k, v in found.items() if v not in ("", None)}


def spots(webhook: Mapping[str, Any]) -> dict[str, str]:
    """Place in a built webhook, as the end of :attr:`BadSetup.where` after ``webhook.`` → the field."""
    found: dict[str, str] = {}
    for begins, (kind, paths) in EVENTS.items():
        events = webhook.get("events", [])
        ours = event_of(events, kind)
        place = next((f"events.{n}.{kind}" for n, one in enumerate(events) if one is ours), None)
        if place is not None:
            found |= {f"{place}.{part}": f"{begins}_{part}" for part in paths}
            found |= {
                f"{place}.when.equals": f"{begins}_when_value",
                f"{place}.when.contains": f"{begins}_when_value",
                f"{place}.when": f"{begins}_when_path",
                f"{place}.states": "states",
                place: f"{begins}_id",
            }
    found |= {f"signature.{part}": f"signature_{part}" for part in SIGNATURE}
    return found | {"list": "webhook_list", "events": "message_when_path"}


def _event(
    begins: str, flat: Mapping[str, Any], was: Mapping[str, Any], old: dict[str, Any] | None
) -> dict[str, Any] | None:
    """None: its fields are empty."""
    kind, paths = EVENTS[begins]
    states = rows.filled(flat["states"]) if begins == "receipt" else []
    said = [
        flat[f"{begins}_when_path"],
        flat[f"{begins}_when_value"],
        *(flat[f"{begins}_{one}"] for one in paths),
    ]
    if not states and not any(said):
        return None
    event = dict(old or {"is": kind})
    when = {part: flat[f"{begins}_when_{part}"] for part in _WHEN}
    if old is None or any(when[part] != was[f"{begins}_when_{part}"] for part in _WHEN):
        event["when"] = made({"status": "", **when})
    for part in paths:
        text = flat[f"{begins}_{part}"]
        if text or part in _REQUIRED:
            event[part] = text
        elif event.get(part):
            del event[part]
    if begins == "receipt" and (old is None or states != was["states"]):
        event["states"] = rows.to_object("states", flat["states"], (old or {}).get("states", {}))
    return event
