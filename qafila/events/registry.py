"""Who wants to hear of what. Rooms register their handlers when the app starts (``apps.py`` imports ``handlers.py``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qafila.events.kinds import KINDS


@dataclass(frozen=True, slots=True)
class EventValue:
    """One event as its handlers see it.

    :ivar id: row id; the same in every try, so that a handler can tell that it has done its work.
    :ivar business_id: row id of the business, or None for what concerns the installation.
    :ivar at: when it happened.
    :ivar attempt: 1 in the first try.
    """

    id: int
    kind: str
    business_id: int | None
    subject_kind: str
    subject_id: str
    data: Mapping[str, Any]
    at: datetime
    attempt: int = 1


Handler = Callable[[EventValue], None]
_handlers: dict[str, dict[str, Handler]] = {}


class TryAgainLater(Exception):
    """Raised by a handler that cannot do its work now. The message is kept with the event: no texts, no numbers."""


def on(kind: str, name: str) -> Callable[[Handler], Handler]:
    """Registers a handler: ``@on("batch.finished", "campaigns.complete")``.

    A handler is synchronous and idempotent; it runs in a transaction of its own, and all handlers of an event run again
    when one did not succeed.

    :param name: ``<room>.<what it does>``; registering another function under a taken name raises ``ValueError``, as an
        unknown kind does.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind of event {kind!r}. Add it to events/kinds.py.")

    def register(handler: Handler) -> Handler:
        names = _handlers.setdefault(kind, {})
        taken = names.get(name)
        if taken is not None and (taken.__module__, taken.__qualname__) != (
            handler.__module__,
            handler.__qualname__,
        ):
            raise ValueError(f"Two handlers of {kind} are called {name}.")
        names[name] = handler
        return handler

    return register


def forget(kind: str, name: str) -> None:
    """Takes a handler out again. Nothing happens if there is none."""
    _handlers.get(kind, {}).pop(name, None)


def handlers_of(kind: str) -> list[tuple[str, Handler]]:
    """Names and functions that want this kind, in the order of their names."""
    return sorted(_handlers.get(kind, {}).items())
