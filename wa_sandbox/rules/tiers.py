"""The names of messaging limits. Source: provider facts A3 and A8; TIER_1K stands in older descriptions only."""

from typing import Final

TIERS: Final = (
    (50, "TIER_50"),
    (250, "TIER_250"),
    (1_000, "TIER_1K"),
    (2_000, "TIER_2K"),
    (10_000, "TIER_10K"),
    (100_000, "TIER_100K"),
)


def tier(limit: int | None) -> str:
    """The name of a portfolio's messaging limit, in people per 24 hours; None: there is no limit."""
    if limit is None:
        return "TIER_UNLIMITED"
    return next((name for top, name in TIERS if limit <= top), "TIER_UNLIMITED")
