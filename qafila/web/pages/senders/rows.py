"""A sender as pages show it: its true state, its use of the limits, what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from qafila import wording
from qafila.dispatch.use import Outlook, Span, Use, outlooks
from qafila.providers import registry
from qafila.senders.direction_queries import Chosen, any_direction, chosen_by
from qafila.senders.models import Sender, SenderHealth
from qafila.senders.queries import Effective, effective
from qafila.senders.saying import state_says
from qafila.wording import Wording

_QUALITIES = {"GREEN", "YELLOW", "RED"}
_OFTEN = ("pace", "pace_minute")
"""What a working number waits for all the time: nothing that a person need read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sender."""

    sender: Sender
    public_id: str
    state: Effective
    said: Wording
    outlook: Outlook
    why: str
    error: str
    health: SenderHealth | None
    official: bool | None
    why_more: str = ""
    directions: Sequence[Chosen] = ()
    """The directions that chose this number."""
    may_choose: bool = False
    """Whether the business has directions at all, so that one can be given to this number."""

    @property
    def quality(self) -> str:
        """``green``, ``yellow``, ``red``; "" where the provider has not said."""
        known = self.health.quality if self.health else ""
        return known.lower() if known in _QUALITIES else ""

    @property
    def is_closed(self) -> bool:
        """Whether it would send but for its hours."""
        return self.outlook.why == "outside_hours"

    @property
    def use(self) -> Use:
        """The limit that a list shows."""
        return self.outlook.main

    @property
    def is_shared(self) -> bool:
        """Whether that limit is the portfolio's, so of all its numbers together."""
        return self.outlook.main.span is Span.PORTFOLIO

    @property
    def may_pause(self) -> bool:
        """Whether a pause would change anything."""
        return self.sender.state in ("ready", "resting")

    @property
    def may_resume(self) -> bool:
        """Whether something holds it that a person can end."""
        return self.sender.provider_account is not None and (
            self.state.by_account or self.sender.state in ("resting", "paused", "stopped")
        )


def rows_of(senders: Sequence[Sender], *, now: datetime) -> list[Row]:
    """In the same order, in a fixed number of statements.

    :param senders: of one business, with ``provider_account__portfolio`` and ``health``.
    """
    language = get_language() or "en"
    known = outlooks(senders, now=now)
    chosen = chosen_by(senders[0].business_id) if senders else {}
    may_choose = bool(chosen) or (bool(senders) and any_direction(senders[0].business_id))
    rows = []
    for sender in senders:
        outlook = known[sender.pk]
        account = sender.provider_account
        why = None if not outlook.why or outlook.why in _OFTEN else wording.say(outlook.why, language)
        rows.append(
            Row(
                sender=sender,
                public_id=str(sender.public_id),
                state=effective(sender),
                said=state_says(sender, language),
                outlook=outlook,
                why=why.sentence if why else "",
                why_more=why.cause if why and outlook.why == "outside_hours" else "",
                error=error_of(sender, outlook.last.code, language) if outlook.last else "",
                health=getattr(sender, "health", None),
                official=registry.get(account.kind).capabilities.official if account else None,
                directions=chosen.get(sender.pk, ()),
                may_choose=may_choose,
            )
        )
    return rows


def error_of(sender: Sender, code: str, language: str) -> str:
    """A provider's code in words."""
    kind = sender.provider_account.kind if sender.provider_account else "provider"
    return wording.say(f"{kind}.{code}" if code else "failure.unknown", language).sentence
