"""How a contract's messages are counted and worded for whoever posted it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from qafila.campaigns.rules.recipients import LONGEST_MESSAGE
from qafila.campaigns.rules.statuses import UNCERTAIN_COUNTS_AS_FAILED_AFTER
from qafila.ledger.queries import Counts
from qafila.ledger.states import SUCCESS, State

NOT_SENT = (State.FAILED, State.SKIPPED, State.CANCELLED)
LISTED = (*SUCCESS, *NOT_SENT, State.UNCERTAIN)
"""States whose messages may stand in one of the two lists of the results."""

_ROW_REASONS = frozenset(
    {
        "duplicate",
        "message_empty",
        "message_too_long",
        "too_long",
        "wrong_type",
        "unknown_field",
        "invalid_value",
        "ragged_row",
        "cell_too_long",
        "row_too_long",
        "nul_byte",
        "bad_encoding",
        "bad_quotes",
        "field_missing",
        "sheet_error",
        "template_components_bad",
        "template_part_empty",
        "template_part_too_long",
        "template_link_bad",
    }
)


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of the results.

    :ivar success: sent, delivered or read.
    :ivar failed: failed, skipped, cancelled, or uncertain for more than 24 hours.
    """

    total: int
    success: int
    failed: int

    @property
    def success_rate(self) -> str:
        """As ``"95.00%"``: rounded half up, and 100.00% only when it is all of them."""
        if not self.total:
            return "0.00%"
        hundredths = (self.success * 20_000 // self.total + 1) // 2
        if self.success < self.total:
            hundredths = min(hundredths, 9_999)
        return f"{hundredths // 100}.{hundredths % 100:02d}%"


def totals_of(counts: Counts, *, long_uncertain: int) -> Totals:
    """The figures from a batch's counters.

    :param long_uncertain: messages that have been uncertain for more than 24 hours.
    """
    failed = counts.failed + counts.skipped + counts.cancelled + long_uncertain
    return Totals(counts.total, counts.success, failed)


def is_success(state: State) -> bool:
    """Whether the message went out."""
    return state in SUCCESS


def is_not_sent(state: State, uncertain_at: datetime | None, *, now: datetime) -> bool:
    """Whether the message counts as failed."""
    if state is State.UNCERTAIN:
        return uncertain_at is not None and uncertain_at <= now - UNCERTAIN_COUNTS_AS_FAILED_AFTER
    return state in NOT_SENT


def error_code(state: State, reason: str | None) -> str:
    """The wording code behind ``errorMessage``: every number that is none says "Invalid number"."""
    if state is State.UNCERTAIN:
        return "uncertain"
    if reason is None:
        return "cancelled" if state is State.CANCELLED else "failure.unknown"
    return "invalid_number" if reason.startswith("phone.") else reason


def is_rejection(reason: str | None) -> bool:
    """Whether a skipped row was refused when the contract was posted (not later, by a gate)."""
    return reason is not None and (reason.startswith("phone.") or reason in _ROW_REASONS)


ROW_WORDS: dict[str, dict[str, str | int]] = {
    "message_too_long": {"limit": LONGEST_MESSAGE},
    "wrong_type": {"field": "recipients"},
    "unknown_field": {"field": "recipients"},
    "invalid_value": {"field": "recipients"},
    "too_long": {"field": "recipients"},
}
"""Parameters for codes whose sentence names a field, where only the code was kept."""
