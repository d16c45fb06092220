"""One lane while a worker runs it: what it is, and the claims it makes. No decision is taken here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from qafila.dispatch.rules import adaptive_pace, answering
from qafila.dispatch.rules.adaptive_pace import WHOLE, Share
from qafila.dispatch.rules.portfolio import campaign_cap
from qafila.dispatch.rules.shares import gap_seconds
from qafila.kit.failpoints import failpoint
from qafila.kit.statements import statement
from qafila.ledger.states import Target
from qafila.providers.contents_json import is_free_form
from qafila.senders.rules.hours import Hours, Kept, hours_of

BEGINNING = (datetime.min.replace(tzinfo=UTC) + timedelta(days=1), 0)
CURSOR_SECONDS = 30.0
"""After so long a cursor starts again: it walks over what it passed, to find rows that were committed behind it."""
PORTFOLIO_DAY = timedelta(hours=24, minutes=1)
PORTFOLIO_BUSY = timedelta(seconds=1)
TURNS_MARK = "turns"
"""In the lane's pace: by package, until when this sender holds back from it."""


class Fenced(Exception):
    """This worker may not claim for the lane any more: another has it, the lease is over, or the sender may not send."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flowing batch with something for this lane: its first message that waits."""

    batch_id: int
    priority: int
    content: dict[str, Any]
    due_at: datetime
    message_id: int
    address: str
    length: int
    target_kind: int
    target_id: int
    addressed: bool
    """It is addressed to this sender, not to whoever takes it."""
    share: float
    """Of its own pace that this sender gives to a package; 1 for everything else."""

    @property
    def reply(self) -> bool:
        """Whether these are answers to people rather than a campaign."""
        return self.priority < REPLY_PRIORITY


REPLY_PRIORITY = 5


class Claimed(NamedTuple):
    """A message this lane has begun an attempt for. ``shared``: anybody in the target could have taken it."""

    id: int
    attempt: int
    tries: int
    contact_id: int | None
    address: str
    body: str
    params: Any
    reply_to: str | None
    due_at: datetime
    shared: bool
    opted_out: bool
    last_inbound_at: datetime | None


@dataclass(slots=True)
class Lane:
    """A lane in this worker's hands.

    :ivar deadline: monotonic seconds; after it no call may begin (0.8 of the lease since before it was renewed).
    :ivar hours: in which it sends campaigns, as ``senders.rules.hours`` keeps them, on the clock of the business's :attr:`zone`;
        :attr:`open`: the same, to be asked.
    :ivar answers_only_until: POSIX seconds; until then its provider lets it answer people, and begin no conversation.
    :ivar begun: ids of messages whose call has begun and not ended.
    """

    sender_id: int
    business_id: int
    epoch: int
    wake: int
    pace: dict[str, Any]
    due_at: datetime
    public_id: str
    state: str
    rest_until: datetime | None
    use_limits: bool
    throughput: int | None
    in_use_since: datetime
    default_template: dict[str, Any] | None
    account_id: int | None
    kind: str
    account_version: int
    account_state: str
    portfolio_id: int | None
    capped: bool
    growth: dict[str, Any] | None = None
    state_reason: str = ""
    hours: Kept | None = None
    zone: str = "UTC"
    worker_id: int = 0
    deadline: float = 0.0
    lost: bool = False
    answers_only_until: float = 0.0
    begun: set[int] = field(default_factory=set)
    cursors: dict[int, tuple[datetime, int, float]] = field(default_factory=dict)
    open: Hours = field(init=False)

    def __post_init__(self) -> None:
        self.open = hours_of(self.hours, self.zone)

    @property
    def terms(self) -> tuple[bool, int | None, int, int | None, Kept | None, str]:
        """On what terms it was taken; a claim is refused once they have changed."""
        return (
            self.use_limits,
            self.throughput,
            self.account_version,
            self.account_id,
            self.hours,
            self.zone,
        )

    def share(self, *, official: bool, now: datetime) -> Share:
        """What of its fixed limits it may use now; all of them where its owner switched our own pace off."""
        if not self.use_limits:
            return WHOLE
        age_days = (now - self.in_use_since).total_seconds() / adaptive_pace.DAY
        state = adaptive_pace.State.from_kept(self.growth)
        return adaptive_pace.share(state, age_days=age_days, official=official, now=now.timestamp())

    def heed_refusal(self, until: float) -> None:
        """An answer was refused: answers rest too.

        :param until: POSIX seconds; what was known before may be later.
        """
        if until > answering.rest_until(self.pace):
            self.pace = {**self.pace, answering.REST_MARK: until}

    async def look_at_growth(self, pool: AsyncConnectionPool) -> None:
        """Reads anew how far its health lets it go; for a lane that stays long in one worker's hands."""
        async with pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT pace FROM senders_score WHERE sender_id = %s", (self.sender_id,)
            )
            row = await cursor.fetchone()
        self.growth = row[0] if row else None

    @property
    def targets(self) -> tuple[list[int], list[int]]:
        """Kinds and ids of what this sender may take messages of, beside its packages, which are looked up each time."""
        kinds, ids = [int(Target.SENDER)], [self.sender_id]
        if self.account_id is not None:
            kinds.append(int(Target.PROVIDER_ACCOUNT))
            ids.append(self.account_id)
        return kinds, ids

    async def outlook(self, pool: AsyncConnectionPool) -> list[Waiting]:
        """Every flowing batch with a message for this lane, now or later; replies first, then by age. What anybody of a
        package may take is due for this sender when it is its turn."""
        kinds, ids = self.targets
        async with pool.connection() as connection:
            cursor = await connection.execute(
                statement("qafila.dispatch", "outlook"),
                {"target_kinds": kinds, "target_ids": ids, "sender": self.sender_id},
            )
            return [self._in_turn(Waiting(*row)) for row in await cursor.fetchall()]

    def _in_turn(self, waiting: Waiting) -> Waiting:
        turn = self._turn_at(waiting)
        if waiting.addressed or turn <= waiting.due_at.timestamp():
            return waiting
        return replace(waiting, due_at=datetime.fromtimestamp(turn, UTC))

    def _turn_at(self, waiting: Waiting) -> float:
        """POSIX seconds from which this sender takes again what anybody of the package may take."""
        if waiting.share >= 1.0:
            return 0.0
        return float(self.pace.get(TURNS_MARK, {}).get(str(waiting.target_id), 0.0))

    def took(self, waiting: Waiting, rows: Sequence[Claimed], *, seconds: float, now: datetime) -> bool:
        """Notes that it took of a package what anybody might have taken: lighter numbers then hold back for a while.

        :param seconds: what its own pace asks for these rows.
        :returns: whether it holds back.
        """
        gap = gap_seconds(waiting.share, seconds) if any(row.shared for row in rows) else 0.0
        if not gap:
            return False
        turns = {**self.pace.get(TURNS_MARK, {}), str(waiting.target_id): now.timestamp() + gap}
        self.pace = {**self.pace, TURNS_MARK: turns}
        return True

    async def claim(
        self, pool: AsyncConnectionPool, waiting: Waiting, *, n: int, now: datetime, monotonic: float
    ) -> list[Claimed]:
        """Takes up to n due messages of a batch and commits the beginning of an attempt for each.

        :raises Fenced: this worker may not.
        """
        if self.lost or monotonic >= self.deadline:
            raise Fenced
        failpoint("before_claim")
        if not self.capped or is_free_form(waiting.content):  # it goes into open windows only
            async with pool.connection() as connection:
                rows = await self._claim(connection, waiting, n, now, monotonic)
        else:
            try:
                async with pool.connection() as connection, connection.transaction():
                    rows = await self._claim_within_portfolio(connection, waiting, n, now, monotonic)
            except LockNotAvailable:  # another lane stands still with the portfolio in its hands
                raise PortfolioFull(now + PORTFOLIO_BUSY) from None
        failpoint("claimed")
        return rows

    async def _claim(
        self, connection: AsyncConnection[Any], waiting: Waiting, n: int, now: datetime, monotonic: float
    ) -> list[Claimed]:
        due, message_id, reset_at = self.cursors.get(waiting.batch_id, (*BEGINNING, 0.0))
        if monotonic >= reset_at:
            (due, message_id), reset_at = BEGINNING, monotonic + CURSOR_SECONDS
        async with connection.cursor() as cursor:
            await cursor.execute(
                statement("qafila.dispatch", "claim"),
                {
                    "sender": self.sender_id,
                    "epoch": self.epoch,
                    "worker": self.worker_id,
                    "pace": Jsonb(self.pace),
                    "batch": waiting.batch_id,
                    "n": n,
                    "shared": n if self._turn_at(waiting) <= now.timestamp() else 0,
                    "target_kind": waiting.target_kind,
                    "target_id": waiting.target_id,
                    "now": now,
                    "cursor_due": due,
                    "cursor_id": message_id,
                    "use_limits": self.use_limits,
                    "throughput": self.throughput,
                    "version": self.account_version,
                    "hours": None if self.hours is None else Jsonb(self.hours),
                    "zone": self.zone,
                    # What the lane itself knows it rests for. Of any other rest the statement knows: it refuses, the lane looks.
                    "answers_rest": answering.rest_until(self.pace),
                    "rests": [self.state_reason] if self.answers_only_until and waiting.reply else [],
                },
            )
            found = await cursor.fetchall()
        if not found:
            raise Fenced
        if found[0][0] is None:
            self.cursors.pop(waiting.batch_id, None)  # what is due may lie behind it
            return []
        rows = [Claimed._make(row) for row in found if row[0] is not None]
        passed = max(((row.due_at, row.id) for row in rows if row.shared), default=(due, message_id))
        self.cursors[waiting.batch_id] = (*max(passed, (due, message_id)), reset_at)
        return rows

    async def _claim_within_portfolio(
        self, connection: AsyncConnection[Any], waiting: Waiting, n: int, now: datetime, monotonic: float
    ) -> list[Claimed]:
        """Never claims more than the portfolio may still reach; people with an open window take no room, and campaigns leave
        some of it to answers."""
        cursor = await connection.execute(
            statement("qafila.dispatch", "portfolio_room"),
            {"portfolio": self.portfolio_id, "day_ago": now - PORTFOLIO_DAY},
        )
        cap, used, oldest = await cursor.fetchone() or (None, 0, None)
        if cap is not None:
            n = min(n, (cap if waiting.reply else campaign_cap(cap)) - used)
            if n <= 0:
                raise PortfolioFull((oldest or now) + PORTFOLIO_DAY)
        rows = await self._claim(connection, waiting, n, now, monotonic)
        day_ago = now - timedelta(hours=24)
        new = [
            row.contact_id
            for row in rows
            if row.contact_id is not None
            and not row.opted_out
            and not (row.last_inbound_at is not None and row.last_inbound_at > day_ago)
        ]
        if new and cap is not None:
            await connection.execute(
                statement("qafila.dispatch", "portfolio_admit"),
                {"portfolio": self.portfolio_id, "contacts": new, "now": now},
            )
        return rows

    async def sleep(self, pool: AsyncConnectionPool, due: datetime | None) -> bool:
        """Lets go of the lane until it is due or woken. False: it was woken meanwhile, look again."""
        failpoint("before_sleep")
        async with pool.connection() as connection:
            cursor = await connection.execute(
                statement("qafila.dispatch", "sleep_lane"),
                {
                    "sender": self.sender_id,
                    "epoch": self.epoch,
                    "worker": self.worker_id,
                    "wake": self.wake,
                    "due": due,
                    "pace": Jsonb(self.pace),
                },
            )
            return await cursor.fetchone() is not None

    async def recover(self, pool: AsyncConnectionPool, now: datetime) -> int:
        """After a claim whose answer was lost: counts the epoch up (which waits for that claim to end, one way or the
        other), then puts back what was claimed and certainly not begun.

        :raises Fenced: the lane is no longer ours; its new owner made those rows uncertain.
        """
        async with pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "UPDATE dispatch_lane SET epoch = epoch + 1 WHERE sender_id = %s AND epoch = %s AND owner_id = %s"
                " RETURNING epoch",
                (self.sender_id, self.epoch, self.worker_id),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Fenced
            former, self.epoch = self.epoch, int(row[0])
            cursor = await connection.execute(
                statement("qafila.dispatch", "return_unbegun"),
                {"sender": self.sender_id, "epoch": former, "begun": list(self.begun), "now": now},
            )
            returned = await cursor.fetchone()
            return int(returned[0]) if returned else 0


class PortfolioFull(Exception):
    """The portfolio reached as many new people in 24 hours as it may; ``until`` is when the next place is free."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The portfolio's 24 hours are used up.")
        self.until = until
