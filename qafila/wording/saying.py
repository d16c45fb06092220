"""A code and its parameters, said in the reader's language. Never raises: a page must not break over a text.

Translations are the gettext catalogues in ``locale/``, read directly, so that the command line can speak before Django
is set up; Django reads the same files for the pages.
"""

from __future__ import annotations

import functools
import gettext
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qafila.kit.logs import get_logger
from qafila.wording.catalogue import CATALOGUE
from qafila.wording.entries import Counted, Entry, Text
from qafila.wording.languages import DEFAULT, base, is_right_to_left

LOCALE_FOLDER = Path(__file__).parent / "locale"
MAX_PARAM_LENGTH = 200

_log = get_logger(__name__)
_PLACE = re.compile(r"\{(\w+)\}")
_LITERAL = re.compile(r"(`[^`]*`)")
_BLANKS = re.compile(r" {2,}| (?=[.:])")
_LEFT_TO_RIGHT, _FIRST_STRONG, _POP = "\u2066", "\u2068", "\u2069"
_RIGHT_TO_LEFT_MARK = "\u200f"
_FIGURES = re.compile(r"[+\-]?[\d\s.,:/()%\u00a0-]+\Z")
_ENDS = re.compile(r"[.!?:…][`\u2069\s]*\Z")
_REASON = "reason"
_MANY = 100
"""Stands in for a number that is missing: the general plural form."""


_JOINERS = "\u200c\u200d"
_REPLACED = {"Cf": "", "Cs": "\ufffd"}


class _Said(str):
    """A sentence of ours inside another: its own marks stay."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said. Plain text: a template escapes it like any other text.

    :ivar code: the code that was asked for.
    :ivar sentence: what happened.
    :ivar cause: why; may be empty.
    :ivar step: what to do; may be empty.
    """

    code: str
    sentence: str
    cause: str = ""
    step: str = ""

    def __str__(self) -> str:
        parts = [part for part in (self.sentence, self.cause, self.step) if part]
        return " ".join(part if _ENDS.search(part) else f"{part}." for part in parts)


def say(code: str, /, language: str = DEFAULT, **params: object) -> Wording:
    """The wording of a code.

    A code ``<provider>.<code>`` without an entry of its own is said in general words. A parameter that is missing leaves
    its place empty; a cause or step that needs it is left out. The parameter ``reason`` may be a code itself. What is
    unknown or missing is logged.

    :param language: a language tag; English where it is none of ours.
    :param params: values for the ``{names}`` of the texts: shortened, without control characters, isolated against
        mixed directions in Arabic and Hebrew.
    """
    spoken = base(language)
    entry, extra = _find(code)
    values = {**params, **extra}
    reason = values.get(_REASON)
    if isinstance(reason, str) and (known := _reason_code(reason)) is not None:
        others = {name: value for name, value in params.items() if name != _REASON}
        values[_REASON] = _Said(say(known, spoken, **others).sentence)
    return Wording(
        code,
        _text(entry.sentence, spoken, values, code=code, is_needed=True),
        _text(entry.cause, spoken, values, code=code, is_needed=False),
        _text(entry.step, spoken, values, code=code, is_needed=False),
    )


def is_known(code: str) -> bool:
    """Whether a code has a wording, its own or a general one."""
    return _find(code)[0] is not CATALOGUE["unknown_code"]


def _find(code: str) -> tuple[Entry, dict[str, object]]:
    entry = CATALOGUE.get(code)
    if entry is not None:
        return entry, {}
    kind, dot, vendor_code = code.partition(".")
    if dot and kind.replace("_", "").isalnum() and vendor_code and kind not in ("phone", "failure"):
        general = "provider.http" if vendor_code.startswith("http_") else f"provider.{vendor_code}"
        return CATALOGUE.get(general) or CATALOGUE["provider.other"], {"vendor_code": vendor_code}
    _log.warning("A code has no wording", code=code[:64])
    return CATALOGUE["unknown_code"], {"code": code}


def _reason_code(reason: str) -> str | None:
    """The catalogue's code for a reason: as it is, or a vendor's code without its provider."""
    for candidate in (reason, f"cloud_api.{reason}", f"provider.{reason}"):
        if candidate in CATALOGUE:
            return candidate
    kind, dot, rest = reason.partition(".")
    return reason if dot and rest and kind.isidentifier() and " " not in rest else None


def _text(text: Text, language: str, values: Mapping[str, object], *, code: str, is_needed: bool) -> str:
    if not text:
        return ""
    template = _translated(text, language, values)
    missing = [name for name in _PLACE.findall(template) if values.get(name) is None]
    if missing:
        _log.debug("A wording lacks parameters", code=code[:64], missing=missing)
        if not is_needed:
            return ""
    figure = text.by if isinstance(text, Counted) else ""
    right_to_left = is_right_to_left(language)
    pieces = []
    for place, piece in enumerate(_LITERAL.split(template)):
        is_literal = place % 2 == 1
        said = _fill(piece, values, language, figure=figure, isolate=right_to_left and not is_literal)
        # The marks stand outside a literal: what is copied from it must be clean.
        pieces.append(f"{_LEFT_TO_RIGHT}{said}{_POP}" if is_literal and right_to_left else said)
    said = "".join(pieces)
    if missing:
        said = _BLANKS.sub(lambda match: " " if len(match.group()) > 1 else "", said).strip()
    return _RIGHT_TO_LEFT_MARK + said if right_to_left and _begins_left_to_right(said) else said


def _fill(piece: str, values: Mapping[str, object], language: str, *, figure: str, isolate: bool) -> str:
    def shown(match: re.Match[str]) -> str:
        value = _shown(values.get(match.group(1)), language, is_count=match.group(1) == figure)
        return isolated(value) if isolate else value

    return _PLACE.sub(shown, piece)


def _begins_left_to_right(text: str) -> bool:
    """Whether a reader who goes by the first letter ("Meta …") would take a right-to-left sentence for the other kind."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction == "L"
    return False


def _translated(text: Text, language: str, values: Mapping[str, object]) -> str:
    catalogue = translations(language)
    if isinstance(text, Counted):
        number = values.get(text.by)
        return catalogue.ngettext(text.one, text.many, abs(number) if isinstance(number, int) else _MANY)
    return catalogue.gettext(text)


@functools.cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of one of our languages; English is the source and needs none."""
    if language == DEFAULT:
        return gettext.NullTranslations()
    try:
        return gettext.translation("django", str(LOCALE_FOLDER), [language])
    except OSError:
        _log.warning("The translations of a language cannot be read", language=language)
        return gettext.NullTranslations()


def _shown(value: object, language: str, *, is_count: bool) -> str:
    """The value as text. Only counts are grouped by thousands: a port or an id is not a quantity."""
    if value is None or isinstance(value, _Said):
        return value or ""
    if is_count and isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}".replace(",", "\u00a0" if language == "ru" else ",")
    return _clean(str(value))


def isolated(shown: str) -> str:
    """Figures run left to right, other text as its first letter says; neither may turn the sentence around it."""
    if not shown:
        return ""
    return f"{_LEFT_TO_RIGHT if _FIGURES.match(shown) else _FIRST_STRONG}{shown}{_POP}"


def _clean(text: str) -> str:
    """At most 200 characters, on one line, without marks that could turn the rest of a sentence around."""
    if len(text) > MAX_PARAM_LENGTH:
        text = f"{text[: MAX_PARAM_LENGTH - 1]}…"
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in _JOINERS else _REPLACED.get(unicodedata.category(c), " ") for c in text
    )
