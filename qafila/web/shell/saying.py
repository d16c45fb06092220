"""What an action refuses, as one text in the reader's language."""

from __future__ import annotations

from django.utils.translation import get_language

from qafila.businesses.refusals import Refused
from qafila.wording import say


def said(refusal: Refused) -> str:
    """The sentence, its cause and the next step."""
    return said_of(refusal.code, **refusal.params)


def said_of(code: str, **params: object) -> str:
    """The same for a code of the catalogue."""
    return str(say(code, get_language() or "en", **params))
