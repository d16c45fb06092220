"""The four languages of the house, and which of them a reader wants."""

from __future__ import annotations

import re
from collections.abc import Sequence

LANGUAGES = ("en", "ar", "he", "ru")
DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar", "he"})

_OLD_CODES = {"iw": "he"}
_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{1,35})?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?\Z"
)
_MOST_RANGES = 50


def is_right_to_left(language: str) -> bool:
    """Whether a page in this language runs from right to left."""
    return base(language) in RIGHT_TO_LEFT


def base(language: str) -> str:
    """One of :data:`LANGUAGES` for a language tag (``ar-EG`` is ``ar``); the default for any other."""
    code = language.replace("_", "-").partition("-")[0].lower()
    code = _OLD_CODES.get(code, code)
    return code if code in LANGUAGES else DEFAULT


def pick_language(
    accept_language: str | None, *, default: str = DEFAULT, among: Sequence[str] = LANGUAGES
) -> str:
    """The language for an ``Accept-Language`` header: the best-liked one we have. Never raises.

    :param default: where the header is missing, unreadable, or names none of ours.
    """
    best, best_quality = default, 0.0
    for listed in (accept_language or "").split(",")[:_MOST_RANGES]:
        found = _RANGE.match(listed)
        if found is None:
            continue
        code = found.group(1).lower()
        code = _OLD_CODES.get(code, code)
        quality = min(1.0, float(found.group(2) or 1))
        if code == "*":
            code = default
        if code in among and quality > best_quality:
            best, best_quality = code, quality
    return best
