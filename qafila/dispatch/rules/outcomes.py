"""What a failed call means: the failure's class alone decides (design: life of a message)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from qafila.dispatch.rules import retry
from qafila.kit.rng import Rng
from qafila.ledger.states import State
from qafila.providers.interface import Failure, ProviderError, Scope


class Consequence(enum.StrEnum):
    """What happens beyond the message."""

    NONE = "none"
    SLOW_SENDER = "slow_sender"
    """The lane waits (back-off, or as long as the provider asked)."""
    REST_SENDER = "rest_sender"
    STOP_SENDER = "stop_sender"
    STOP_ACCOUNT = "stop_account"
    CONTENT = "content"
    """One more content failure of this batch; a few in a row hold it."""


CONTENT_FAILURES_IN_A_ROW = 5
"""So many content failures without a success between them hold the campaign."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write down for the message, and what else follows.

    :ivar state: SENT, FAILED, UNCERTAIN, or QUEUED to go back.
    :ivar wait: for QUEUED: seconds until it is due again.
    :ivar counts: whether the attempt counts against the three.
    """

    state: State
    reason: str | None = None
    wait: float = 0.0
    counts: bool = True
    consequence: Consequence = Consequence.NONE


def reason_of(kind: str, error: ProviderError) -> str:
    """The wording code of a failure: ``cloud_api.131026``."""
    return f"{kind}.{error.code}"[:64]


def of_failure(  # noqa: PLR0911 - a table
    kind: str, error: ProviderError, *, tries: int, rng: Rng, attempt: int = 1
) -> Outcome:
    """The outcome of a call that raised.

    :param kind: the provider's kind, for the wording code.
    :param tries: attempts that counted, this one included.
    :param attempt: number of this attempt, counted or not: a pair throttled again waits longer.
    """
    reason = reason_of(kind, error)
    match error.failure:
        case Failure.TEMPORARY:
            if tries >= retry.MOST_TRIES:
                return Outcome(State.FAILED, reason)
            wait = max(retry.wait_seconds(tries, rng), error.retry_after or 0.0)
            return Outcome(State.QUEUED, reason, wait)
        case Failure.THROTTLED if error.scope is Scope.PAIR:
            return Outcome(
                State.QUEUED, reason, error.retry_after or retry.pair_wait_seconds(attempt), counts=False
            )
        case Failure.THROTTLED:
            return Outcome(
                State.QUEUED,
                reason,
                error.retry_after or 1.0,
                counts=False,
                consequence=Consequence.SLOW_SENDER,
            )
        case Failure.RECIPIENT:
            return Outcome(State.FAILED, reason)
        case Failure.CONTENT:
            return Outcome(State.FAILED, reason, consequence=Consequence.CONTENT)
        case Failure.RESTING:
            return Outcome(State.QUEUED, reason, counts=False, consequence=Consequence.REST_SENDER)
        case Failure.SENDER:
            return Outcome(State.QUEUED, reason, counts=False, consequence=Consequence.STOP_SENDER)
        case Failure.ACCOUNT:
            return Outcome(State.QUEUED, reason, counts=False, consequence=Consequence.STOP_ACCOUNT)
        case Failure.UNKNOWN:
            return Outcome(State.UNCERTAIN, reason)
