"""One person, one number: at most a message every six seconds (Meta's pair limit), with a small advance for replies."""

from __future__ import annotations

from collections.abc import Iterable

GAP_SECONDS = 6.0
MARGIN = 0.25
CAMPAIGN_ADVANCE = 1
REPLY_ADVANCE = 10


class PairLimit:
    """When each person may be written to again (generic cell rate). Times are POSIX seconds, keys are contact ids."""

    __slots__ = ("_due", "_open", "_prune_at")

    def __init__(self, recent: Iterable[tuple[int, float]] = ()) -> None:
        self._due: dict[int, float] = {}
        self._open: dict[int, int] = {}
        """Person to calls in the air: when those arrive is not known before their answers."""
        self._prune_at = 4096
        for contact, at in recent:
            self.sent(contact, at)

    def free_at(self, contact: int, *, reply: bool) -> float:
        """From when the person may be written to; campaigns wait for the gap, replies may borrow from the future."""
        due = self._due.get(contact)
        if due is None:
            return 0.0
        advance = REPLY_ADVANCE if reply else CAMPAIGN_ADVANCE
        return due - (advance - 1) * (GAP_SECONDS + MARGIN)

    def unanswered(self, contact: int) -> bool:
        """Whether a call to the person is in the air. A campaign's next message waits for its answer, however late that is."""
        return contact in self._open

    def begun(self, contact: int) -> None:
        """A call to the person begins; :meth:`ended` follows."""
        self._open[contact] = self._open.get(contact, 0) + 1

    def ended(self, contact: int) -> None:
        """A call to the person has ended, in whatever way."""
        if left := self._open.pop(contact) - 1:
            self._open[contact] = left

    def sent(self, contact: int, at: float) -> None:
        """Notes a message to the person."""
        self._due[contact] = max(self._due.get(contact, 0.0), at) + GAP_SECONDS + MARGIN
        self._prune(at)

    def arrived(self, contact: int, at: float) -> None:
        """A message noted before was answered: it arrived up to this moment, which counts instead of its beginning."""
        self._due[contact] = max(self._due.get(contact, 0.0), at + GAP_SECONDS + MARGIN)

    def unsent(self, contact: int) -> None:
        """A message noted before was certainly not accepted: its place is free again, for its own retry first of all."""
        if contact in self._due:
            self._due[contact] -= GAP_SECONDS + MARGIN

    def _prune(self, at: float) -> None:
        if len(self._due) > self._prune_at:
            self._due = {known: due for known, due in self._due.items() if due > at}
            self._prune_at = max(4096, 2 * len(self._due))
