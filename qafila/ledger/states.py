"""The states of a message and of a batch, as they stand in the database.

A message's state is a rank, so that "only forward" is ``greatest()``: a late ``sent`` undoes no ``delivered``, and
``read`` implies ``delivered``. ``state`` is in no index: ``due_at`` NOT NULL means queued, ``claimed_by`` NOT NULL means
sending and ``uncertain_at`` NOT NULL means uncertain, so that receipts stay HOT updates.
"""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """Where a message is in its life."""

    QUEUED = 1
    SENDING = 2
    UNCERTAIN = 3
    SENT = 4
    FAILED = 5
    DELIVERED = 6
    READ = 7
    SKIPPED = 8
    CANCELLED = 9
    RECEIVED = 10
    """Incoming: a person wrote to us."""

    @property
    def word(self) -> str:
        """The word of the glossary, as the API and the pages show it."""
        return self.name.lower()


SUCCESS = (State.SENT, State.DELIVERED, State.READ)
FINAL = (State.SENT, State.FAILED, State.DELIVERED, State.READ, State.SKIPPED, State.CANCELLED)
COUNTED = (
    State.SENDING,
    State.UNCERTAIN,
    State.SENT,
    State.FAILED,
    State.DELIVERED,
    State.READ,
    State.SKIPPED,
    State.CANCELLED,
)
"""States with a counter of their own in ``BatchSender``; queued is what remains of the batch's total."""


class BatchState(enum.IntEnum):
    """Whether lanes may take messages of a batch. Changing it is one UPDATE of one row."""

    DRAFT = 1
    """Not started yet."""
    FLOWING = 2
    PAUSED = 3
    """By a person, or held by the engine (then ``hold_code`` says why)."""
    FINISHED = 4
    """Every message has its final state (or has been uncertain for a day)."""
    CANCELLED = 5
    """What was queued is cancelled; what was sent stays in the books."""
    OPEN = 6
    """Replies and incoming messages of a sender: always flowing, never finished."""


class Target(enum.IntEnum):
    """Who may take the messages of a batch. The id beside it is the row id of that kind."""

    SENDER = 1
    PROVIDER_ACCOUNT = 2
    PACKAGE = 3
