"""Codes into sentences for the terminal, from the house's wording, in English.

Django's translation needs Django's settings, which may be what is wrong; so the texts are read without it.
"""

from __future__ import annotations

from qafila.wording.catalogue.starting import ENTRIES
from qafila.wording.entries import Counted, Text


class _Kept(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def worded(code: str, **params: object) -> str:
    """Sentence, cause and step of a code, in one line. An unknown code gives the code itself."""
    entry = ENTRIES.get(code)
    if entry is None:
        return code
    parts = [_filled(part, params) for part in entry]
    return " ".join(part for part in parts if part)


def _filled(text: Text, params: dict[str, object]) -> str:
    if isinstance(text, Counted):
        text = text.one if params.get(text.by) == 1 else text.many
    return text.format_map(_Kept(params)).replace("`", "")
