"""One message, one call: the gates, the provider, the outcome. Nothing here retries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qafila.dispatch.lane import Claimed, Lane, Waiting
from qafila.dispatch.recorder import Outcome, Recorder
from qafila.dispatch.rules import gates, outcomes, silence
from qafila.dispatch.rules.outcomes import Consequence
from qafila.kit.clock import Clock
from qafila.kit.failpoints import armed, failpoint
from qafila.kit.rng import Rng
from qafila.ledger import attempt_ids
from qafila.ledger.states import State
from qafila.providers import contents_json
from qafila.providers.interface import (
    Accepted,
    Credentials,
    Failure,
    Outgoing,
    Provider,
    ProviderError,
    Scope,
)

log = logging.getLogger(__name__)


STALE_SECONDS = 0.5
"""A call that could not begin so soon after its claim asks the gates again: an opt-out counts within a second."""
MOST_ID = 200
"""Of a provider's id of a message: as much as the ledger keeps."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended, for the lane: what follows beyond the message, and how long to wait if the provider asked.

    ``unsent``: it was certainly not accepted. ``silent``: nobody answered.
    """

    consequence: Consequence = Consequence.NONE
    code: str = ""
    wait: float | None = None
    called: bool = True
    unsent: bool = False
    silent: bool = False


PASSED = Ended()
NOT_CALLED = Ended(called=False, unsent=True)


@dataclass(frozen=True, slots=True)
class Connection:
    """A sender's provider and how to reach it; read anew when the account's version changes."""

    provider: Provider
    credentials: Credentials
    version: int


class Caller:
    """Calls providers for all lanes of a worker and hands the outcomes to the recorder."""

    def __init__(self, *, recorder: Recorder, clock: Clock, rng: Rng, installation: str) -> None:
        self._recorder = recorder
        self._clock = clock
        self._rng = rng
        self._installation = installation

    def gate(
        self,
        lane: Lane,
        waiting: Waiting,
        row: Claimed,
        *,
        official: bool,
        pair_free_at: float,
        now: datetime,
    ) -> bool:
        """Whether the message may go now; if not, its outcome is handed over."""
        facts = gates.Facts(
            opted_out=row.opted_out,
            reply=waiting.reply,
            free_text=contents_json.is_free_form(contents_json.own_content(waiting.content, row.params)),
            official=official,
            last_inbound=row.last_inbound_at.timestamp() if row.last_inbound_at else None,
            pair_free_at=pair_free_at,
            answers_only_until=lane.answers_only_until,
            rests_for=lane.state_reason,
        )
        verdict = gates.ask(facts, now.timestamp())
        if verdict is None:
            return True
        outcome = Outcome(row.id, row.attempt, lane.sender_id, State.SKIPPED, now, "gate", uncounted=True)
        outcome.reason = outcome.code = verdict.reason
        if isinstance(verdict, gates.NotBefore):
            outcome.state = State.QUEUED
            outcome.due_at = datetime.fromtimestamp(verdict.at, UTC)
        self._recorder.add(outcome)
        return False

    async def call(
        self, lane: Lane, connection: Connection, waiting: Waiting, row: Claimed, *, claimed_at: float
    ) -> Ended:
        """Sends one claimed message and hands over what became of it. Never raises but on cancellation.

        :param claimed_at: monotonic seconds; what the gates saw is as old as that.
        """
        monotonic = self._clock.monotonic()
        if monotonic >= lane.deadline or lane.lost or monotonic - claimed_at > STALE_SECONDS:
            self._put_back(lane, row)
            return NOT_CALLED
        failpoint("before_call")
        ended: Ended | None = None
        try:
            message = Outgoing(
                to=row.address,
                content=contents_json.read(waiting.content, row.body, row.params),
                attempt_id=attempt_ids.make(self._installation, row.id, row.attempt),
                reply_to=row.reply_to,
            )
            if armed("during_call"):
                asyncio.get_running_loop().call_later(0.001, failpoint, "during_call")
            accepted = await connection.provider.send(connection.credentials, message)
        except ProviderError as error:
            ended = self._failed(lane, connection, row, error)
        else:
            failpoint("after_call")
            self._accepted(lane, row, accepted)
            ended = PASSED
        finally:
            if ended is None:
                # Cut off in mid-call, or a fault of ours: nobody can say whether it went out. That is written down.
                self._failed(lane, connection, row, ProviderError(Failure.UNKNOWN, "interrupted"))
        return ended

    def _accepted(self, lane: Lane, row: Claimed, accepted: Accepted) -> None:
        self._recorder.add(
            Outcome(
                row.id,
                row.attempt,
                lane.sender_id,
                State.SENT,
                self._clock.now(),
                "accepted",
                provider_id=accepted.provider_id[:MOST_ID],
            )
        )

    def _failed(self, lane: Lane, connection: Connection, row: Claimed, error: ProviderError) -> Ended:
        kind = connection.provider.kind
        decided = outcomes.of_failure(kind, error, tries=row.tries, attempt=row.attempt, rng=self._rng)
        now = self._clock.now()
        self._recorder.add(
            Outcome(
                row.id,
                row.attempt,
                lane.sender_id,
                decided.state,
                now,
                error.failure.value,
                due_at=now + timedelta(seconds=decided.wait) if decided.state is State.QUEUED else None,
                uncounted=not decided.counts,
                reason=decided.reason,
                code=error.code[:64],
                detail=error.detail or None,
            )
        )
        unsent = error.failure is not Failure.UNKNOWN and error.scope is not Scope.PAIR
        reason, silent = outcomes.reason_of(kind, error), silence.is_silent(error)
        return Ended(decided.consequence, reason, error.retry_after, unsent=unsent, silent=silent)

    def _put_back(self, lane: Lane, row: Claimed) -> None:
        """The claim's own deadline passed before the call could begin, or this process stood still so long that a STOP may
        have come meanwhile: it goes back, certainly not sent."""
        now = self._clock.now()
        self._recorder.add(
            Outcome(
                row.id,
                row.attempt,
                lane.sender_id,
                State.QUEUED,
                now,
                "not_begun",
                due_at=now,
                uncounted=True,
            )
        )


ConnectionLoader = Callable[[int], Connection]
