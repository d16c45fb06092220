"""What an action refuses: a stable code, a sentence for people, what to do. Rooms above derive their own from these."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An act that cannot be done as asked.

    :ivar code: stable, snake_case; ``wording/`` says it in the reader's language with :attr:`params`.
    :ivar status: the HTTP status that fits it.
    """

    status = 422

    def __init__(self, code: str, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.params = params


class NotFound(Refused):
    """There is no such thing in this business. The same answer for what belongs to another business."""

    status = 404

    def __init__(self, what: str) -> None:
        super().__init__("not_found", f"There is no such {what.replace('_', ' ')}. Check the id.", what=what)


class NotAllowed(Refused):
    """The actor lacks a right."""

    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__(
            "not_allowed",
            f"This needs the right {scope!r}, which this key or person does not have. Ask an owner of the business.",
            scope=scope,
        )


class Clash(Refused):
    """It is there already, or its state does not allow it now."""

    status = 409
