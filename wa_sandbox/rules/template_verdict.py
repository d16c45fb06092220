"""What Meta's review says about a template: approved, rejected and why, or moved to another category.

Meta's own judgement cannot be imitated; these few rules stand for it, so that every outcome can be had on purpose
(README.md, "Templates").
"""

from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

REASONS: Final = (
    "ABUSIVE_CONTENT",
    "INCORRECT_CATEGORY",
    "INVALID_FORMAT",
    "PROMOTIONAL",
    "SCAM",
    "TAG_CONTENT_MISMATCH",
)
_SHORT_LINKS: Final = ("bit.ly/", "tinyurl.com/", "wa.me/", "t.ly/")
_SENSITIVE: Final = ("password", "credit card number", "national id", "social security")
_PROMOTION: Final = ("% off", "discount", "coupon", "promo code", "black friday", "flash sale")


class Verdict(NamedTuple):
    """The outcome. `category` None: unchanged."""

    status: str
    reason: str = "NONE"
    category: str | None = None


def judge(
    *, name: str, category: str, components: list[dict[str, Any]], reject_names: list[str], recategorise: bool
) -> Verdict:
    """The verdict on a template by its name and its words."""
    words = " ".join(_texts(components)).lower()
    if any(fnmatchcase(name, pattern) for pattern in reject_names):
        return Verdict("REJECTED", next((why for why in REASONS if why.lower() in name), "INVALID_FORMAT"))
    if any(link in words for link in _SHORT_LINKS):
        return Verdict("REJECTED", "INVALID_FORMAT")
    if category != "AUTHENTICATION" and any(word in words for word in _SENSITIVE):
        return Verdict("REJECTED", "ABUSIVE_CONTENT")
    if recategorise and category == "UTILITY" and any(word in words for word in _PROMOTION):
        return Verdict("APPROVED", category="MARKETING")
    return Verdict("APPROVED")


def _texts(components: list[dict[str, Any]]) -> list[str]:
    found = []
    for component in components:
        found.append(str(component.get("text", "")))
        found += [
            f"{button.get('text', '')} {button.get('url', '')}" for button in component.get("buttons") or []
        ]
        for card in component.get("cards") or []:
            found += _texts(card.get("components") or [])
    return found
