"""What one code says: a sentence, its cause, and the next step, in English with marks for translation."""

from __future__ import annotations

from typing import NamedTuple


class Counted(NamedTuple):
    """A text with a number in it, in its English forms; translations have as many forms as their language needs.

    :ivar by: the parameter that decides the form.
    """

    one: str
    many: str
    by: str


Text = str | Counted


class Entry(NamedTuple):
    """One code's texts. ``{name}`` stands for a parameter; text between backticks is literal and never translated.

    :ivar sentence: what happened or is so.
    :ivar cause: why; empty where the sentence says it, dropped where a parameter for it is missing.
    :ivar step: what the reader can do now; empty where nothing is to be done.
    """

    sentence: Text
    cause: Text = ""
    step: Text = ""


def _(text: str) -> str:
    """Marks a text for extraction; translation happens when it is said."""
    return text


def counted(one: str, many: str, by: str = "count") -> Counted:
    """Marks a text with a number in it for extraction."""
    return Counted(one, many, by)
