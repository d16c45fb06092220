"""How our limits follow what the provider says."""

from __future__ import annotations

from dataclasses import dataclass

RATES: dict[str, int | None] = {"STANDARD": None, "HIGH": 1000}
"""Messages a second by the provider's word; None: its default."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate to write; ``value`` None: the provider's default."""

    value: int | None


def rate_after(*, current: int | None, followed: int | None, level: str) -> Rate | None:
    """The rate of a number after the provider told its level; None: leave it as it is.

    :param current: what is set. One that is neither empty nor what we last wrote ourselves (``followed``) was set by a
        person, who may know more (a number that also lives in the phone app has 20 a second): it stays.
    """
    if level not in RATES or current not in (None, followed) or current == RATES[level]:
        return None
    return Rate(RATES[level])


def owners_reference(owner_ref: str, account_ref: str) -> str:
    """The portfolio of an account whose owner did not name one: its real one, or until that is known one of its own."""
    return owner_ref or f"account:{account_ref}"[:64]


def is_makeshift(ref: str) -> bool:
    """Whether a portfolio stands in for one that was not known."""
    return ref.startswith("account:")


def smaller(one: int | None, other: int | None) -> int | None:
    """The smaller of two limits; None is no limit."""
    return min((limit for limit in (one, other) if limit is not None), default=None)
