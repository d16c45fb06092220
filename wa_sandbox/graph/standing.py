"""Why an account or a number may not send: one table for what sending answers and for what `health_status` shows.

Sources: provider facts A3, A9. Which code a number answers in each `status` is documented for 131057 and 133010 only.
"""

from dataclasses import dataclass
from typing import Final

from wa_sandbox.graph.errors import CODES
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import BUSINESS_INITIATED, CUSTOMER_INITIATED, PhoneNumber, Waba


@dataclass(frozen=True, slots=True)
class Trouble:
    """Meta's code, its words, and what a person can do about it; `in_health`: where `health_status` has another code for it."""

    code: int
    words: str
    solution: str
    in_health: int | None = None


def _trouble(code: int, solution: str, in_health: int | None = None) -> Trouble:
    return Trouble(code, CODES[code].details, solution, in_health)


_ACCOUNT: Final = {
    "locked": _trouble(131031, "Contact Meta support."),
    "policy": _trouble(368, "Request a review."),
    # Meta's example of an account without a valid payment method has a code that sending does not know.
    "payment": _trouble(131042, "Add a valid payment method.", in_health=141006),
}
_UNREGISTERED: Final = _trouble(133010, "Register the number.")
_SPAM: Final = _trouble(131048, "Wait, and write only to people who asked for it.")
_NUMBER: Final = {
    "PENDING": _UNREGISTERED,
    "DISCONNECTED": _UNREGISTERED,
    "BANNED": _trouble(131031, "Contact Meta support."),
    "RESTRICTED": _SPAM,
    "MAINTENANCE": _trouble(131057, "Wait a minute."),
}
_NAME: Final = _trouble(131037, "Ask for another display name.")


def of_account(waba: Waba) -> Trouble | None:
    """What keeps an account from sending; None: nothing."""
    return _ACCOUNT.get(waba.state)


def of_message(waba: Waba, *, in_window: bool, now: float) -> Trouble | None:
    """What keeps an account from one message; None: nothing. `in_window`: it answers a person, and begins no conversation."""
    forbidden = CUSTOMER_INITIATED if in_window else BUSINESS_INITIATED
    return _ACCOUNT["policy"] if waba.restrictions.get(forbidden, 0) > now else None


def of_number(box: Sandbox, number: PhoneNumber, now: float) -> Trouble | None:
    """What keeps a number from sending, its account apart; None: nothing."""
    trouble = _NUMBER.get(number.status)
    if trouble is not None:
        return trouble
    if number.name_status in ("DECLINED", "EXPIRED"):
        return _NAME
    if box.limits.restrict_when_red and box.quality_of(number, now) == "RED":
        return _SPAM
    return None
