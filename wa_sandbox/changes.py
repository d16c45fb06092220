"""The changes that can be made to a sandbox and replayed from its ledger. Each is an operation with plain data."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from wa_sandbox.checked import BadInput, check
from wa_sandbox.people.behaviours import BEHAVIOURS, slot_table
from wa_sandbox.people.identity import NOBODY_SPECIAL, Profile
from wa_sandbox.settings import Limits
from wa_sandbox.world.records import App

if TYPE_CHECKING:
    from wa_sandbox.sandbox import Sandbox

Data = dict[str, Any]


def apply_change(box: "Sandbox", op: str, data: Data) -> Any:
    """Do a change without noting it. Raises BadInput."""
    do = _OPERATIONS.get(op)
    if do is None:
        raise BadInput(f"Unknown change {op!r}.")
    return do(box, data)


def _put(box: "Sandbox", data: Data) -> Any:
    before = box.world.copy_of(data) if data["kind"] == "templates" else None
    record = box.world.put(data["kind"], data["record"])
    if before is not None and (before.status, record.status) == ("PAUSED", "APPROVED"):
        # A pause is over: what annoyed people before it is forgotten.
        box.books.template_blocks[record.id] = 0
    return record


def _remove(box: "Sandbox", data: Data) -> bool:
    return box.world.remove(data["kind"], data["id"], at=data.get("at"))


def _app(box: "Sandbox", data: Data) -> Any:
    return _set(box.world.app, App, data["fields"], "app")


def _limits(box: "Sandbox", data: Data) -> Any:
    return _set(box.limits, Limits, data["fields"], "limits")


def _slots(box: "Sandbox", data: Data) -> dict[str, int]:
    box.table, box.slots = slot_table(data["slots"]), dict(data["slots"])
    return box.slots


def _person(box: "Sandbox", data: Data) -> str:
    wa_id, behaviour = data["wa_id"], data["behaviour"]
    if behaviour is None:
        box.overrides.pop(wa_id, None)
    elif behaviour in BEHAVIOURS:
        box.overrides[wa_id] = behaviour
    else:
        raise BadInput(f"Unknown behaviour {behaviour!r}. Known: {', '.join(BEHAVIOURS)}.")
    for key in [key for key in box.books.blocked if key[1] == wa_id]:
        del box.books.blocked[key]
    return box.behaviour(wa_id)


def _profile(box: "Sandbox", data: Data) -> Profile:
    wa_id, given = data["wa_id"], data["fields"]
    check(Profile, given, "person")
    profile = replace(box.profiles.get(wa_id, NOBODY_SPECIAL), **given)
    if profile.hides_number and profile.username is None:
        raise BadInput("Only a person with a user name can hide the number: give username too.")
    box.profiles[wa_id] = profile
    return profile


def _block_list(box: "Sandbox", data: Data) -> dict[str, float]:
    return box.world.set_block_list(data["phone_number_id"], data["add"], data["remove"], data["at"])


def _clock(box: "Sandbox", data: Data) -> float:
    box.clock.advance(data["seconds"])
    box.webhooks.clock_moved()
    return box.clock.offset


_OPERATIONS: dict[str, Callable[["Sandbox", Data], Any]] = {
    "put": _put,
    "remove": _remove,
    "app": _app,
    "limits": _limits,
    "slots": _slots,
    "person": _person,
    "profile": _profile,
    "block_list": _block_list,
    "clock": _clock,
}


def _set(record: Any, cls: type[Any], given: Data, where: str) -> Any:
    check(cls, given, where)
    for name in (field.name for field in fields(cls)):
        if name in given:
            setattr(record, name, given[name])
    return record
