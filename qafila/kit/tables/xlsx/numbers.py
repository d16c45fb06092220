"""A stored number as the text that a person sees in the cell, from its number format. What is not certain is not guessed:
a date whose order depends on the machine is written as ISO, a number with more digits than were kept stays damaged."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_EXACT_DIGITS = 15
"""A spreadsheet keeps so many; of a longer number the last ones are zeros instead of what was typed."""
_LONG_NUMBER = 9
"""An integer of so many digits is a phone or a card, not an amount: it is written without grouping or exponent."""

BUILT_IN: dict[int, str] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "[date]",
    15: "[date]",
    16: "[date]",
    17: "[date]",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "[date]",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "[date]"),
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss",
    48: "0.00E+00",
    49: "@",
}
"""The formats that are not written down in a file, those that depend on the machine's language as ``[date]``."""

_BRACKETS = re.compile(r"\[(?!h{1,2}\]|m{1,2}\]|s{1,2}\]|date\])([^\]]*)\]", re.I)
_CURRENCY = re.compile(r"\$([^-\]]*)")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|(?P<number>[0#?][0#?,]*(?:\.[0#?]*)?)'
    r"|(?P<ampm>AM/PM|A/P)|(?P<clock>\[(?:h+|m+|s+)\]|y+|m+|d+|h+|s+(?:\.0+)?)|(?P<other>.)",
    re.I | re.S,
)
_DATE_LETTERS = re.compile(r"[ymdhs]|\[date\]", re.I)
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.', re.S)


@dataclass(frozen=True, slots=True)
class Format:
    """A number format, read once.

    :ivar kind: ``general``, ``number``, ``date`` or ``text``.
    :ivar zeros: how many digits a plain code like ``0000000000`` shows at least; 0 for any other.
    """

    kind: str
    code: str
    zeros: int = 0


@functools.lru_cache(maxsize=512)
def read_format(code: str) -> Format:
    """What a format code asks for; the part for positive numbers counts."""
    section = _first_section(code[:255])
    section = _BRACKETS.sub(lambda found: _currency(found.group(1)), section).strip()
    bare = _LITERALS.sub("", section)
    if not bare or bare.lower() == "general" or ("/" in bare and "#" in bare):
        return Format("general", section)
    if bare == "@":
        return Format("text", section)
    if re.search(r"[0#?]", bare) and "E+" not in bare.upper() and not re.search(r"[ymdh]", bare, re.I):
        plain = re.fullmatch(r"0+", bare) is not None
        return Format("number", section, len(bare) if plain and section == bare else 0)
    if _DATE_LETTERS.search(bare):
        return Format("date", section)
    return Format("general", section)


def digits(raw: str, shape: Format) -> str:
    """A number in a column of phone numbers: all its digits if they are certain, otherwise the damaged form."""
    value = _decimal(raw)
    if value is None:
        return raw
    is_whole = value == value.to_integral_value()
    if (
        not is_whole
        or len(value.normalize().as_tuple().digits) > _EXACT_DIGITS
        or abs(value) >= 10**_EXACT_DIGITS
    ):
        return f"{value:.5E}"
    text = str(int(value))
    return text.zfill(shape.zeros) if shape.zeros else text


def shown(raw: str, shape: Format, *, from_1904: bool) -> str:
    """A number as it is seen in its cell."""
    value = _decimal(raw)
    if value is None:
        return raw
    if shape.kind == "date":
        return _as_date(float(value), shape.code, from_1904=from_1904) or general(raw)
    is_long = value == value.to_integral_value() and abs(value) >= 10 ** (_LONG_NUMBER - 1)
    if shape.kind == "number" and not (is_long and "," in shape.code):
        return _as_number(value, shape)
    return general(raw)


def general(raw: str) -> str:
    """A number without a format: its digits, without the noise of binary fractions."""
    value = _decimal(raw)
    if value is None:
        return raw
    if abs(value) >= 10**_EXACT_DIGITS:
        return f"{value:.5E}"
    if value == value.to_integral_value():
        return str(int(value))
    return format(float(value), ".15g")


def _decimal(raw: str) -> Decimal | None:
    if len(raw) > 400:
        return None
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 320 else None


def _first_section(code: str) -> str:
    quoted = False
    for place, character in enumerate(code):
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted and (place == 0 or code[place - 1] != "\\"):
            return code[:place]
    return code


def _currency(inside: str) -> str:
    found = _CURRENCY.match(inside)
    if found and found.group(1):
        return f'"{found.group(1)}"'
    return "[date]" if inside.upper().startswith(("$-F800", "$-F400")) else ""


def _as_number(value: Decimal, shape: Format) -> str:
    """Fills the placeholders of a code from the right; literals stay where they are."""
    code = shape.code
    tokens = [
        (found.lastgroup or "other", found.group(found.lastgroup or 0)) for found in _TOKEN.finditer(code)
    ]
    percent = any(kind == "other" and text == "%" for kind, text in tokens)
    places = [text for kind, text in tokens if kind == "number"]
    fraction = places[-1].partition(".")[2].replace(",", "") if places else ""
    wanted = abs(value) * (100 if percent else 1)
    rounded = (
        wanted.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP) if len(fraction) < 20 else wanted
    )
    whole, _, decimals = f"{rounded:f}".partition(".")
    while decimals and len(decimals) > fraction.count("0") and decimals.endswith("0"):
        decimals = decimals[:-1]
    out: list[str] = []
    rest = whole if whole != "0" or any("0" in place for place in places) else ""
    first = next((place for place, (kind, _) in enumerate(tokens) if kind == "number"), -1)
    for place in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[place]
        if kind == "number":
            before = text.partition(".")[0]
            take = len(rest) if place == first else before.replace(",", "").count("0") + before.count("#")
            part = rest[max(0, len(rest) - take) :] if take else ""
            rest = rest[: len(rest) - len(part)]
            part = part.zfill(before.count("0")) if before.count("0") else part
            if "," in before.rstrip(","):
                part = f"{int(part or 0):,}"
            out.append(part + (f".{decimals}" if "." in text and decimals else ""))
        elif kind in ("quoted", "escaped", "other"):
            out.append(text)
        elif kind == "space":
            out.append(" ")
        elif kind in ("clock", "ampm"):
            out.append(text)
    shown_text = "".join(reversed(out)).strip()
    return f"-{shown_text}" if value < 0 and any(c in "123456789" for c in shown_text) else shown_text


def _as_date(serial: float, code: str, *, from_1904: bool) -> str:
    """A day count as a date; "" when it is none."""
    if not -1 < serial < 2_958_466:
        return ""
    if from_1904:
        serial += 1_462
    if serial < 60 and not from_1904:
        serial += 1  # the spreadsheet believes in 29 February 1900
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(serial * 86_400))  # noqa: DTZ001 - a wall-clock value without zone
    bare = _LITERALS.sub("", code)
    spelled = re.search(r"m{3,}|d{3,}|\[date\]|e|g|b", bare, re.I)
    if spelled or "[" in bare:
        return _iso(moment, serial, bare)
    return _by_tokens(moment, code).strip()


def _iso(moment: datetime, serial: float, bare: str) -> str:
    if "[h" in bare.lower():
        seconds = round(serial * 86_400)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if moment.time() == time(0):
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="minutes" if moment.second == 0 else "seconds")


def _by_tokens(moment: datetime, code: str) -> str:
    tokens = [
        (found.lastgroup or "other", found.group(found.lastgroup or 0)) for found in _TOKEN.finditer(code)
    ]
    twelve = any(kind == "ampm" for kind, _ in tokens)
    clocks = [text.lower()[:1] if kind == "clock" else "" for kind, text in tokens]
    out: list[str] = []
    for place, (kind, text) in enumerate(tokens):
        if kind == "clock":
            before = next((c for c in reversed(clocks[:place]) if c), "")
            after = next((c for c in clocks[place + 1 :] if c), "")
            out.append(_clock(moment, text.lower(), twelve=twelve, minutes=before == "h" or after == "s"))
        elif kind == "ampm":
            out.append("AM" if moment.hour < 12 else "PM")
        elif kind in ("quoted", "escaped", "other", "number"):
            out.append(text)
        elif kind == "space":
            out.append(" ")
    return "".join(out)


def _clock(moment: datetime, token: str, *, twelve: bool, minutes: bool) -> str:
    hour = (moment.hour % 12 or 12) if twelve else moment.hour
    value = {
        "y": moment.year,
        "m": moment.minute if minutes else moment.month,
        "d": moment.day,
        "h": hour,
        "s": moment.second,
    }[token[0]]
    if token[0] == "y":
        return f"{value % 100:02d}" if len(token) < 3 else f"{value:04d}"
    return f"{value:02d}" if len(token) > 1 else str(value)


def as_iso_date(text: str) -> str:
    """A cell typed as a date (``t="d"``): its ISO text, without a midnight that nobody sees."""
    try:
        moment = datetime.fromisoformat(text.strip().rstrip("Z"))
    except ValueError:
        return text
    is_day = moment.time() == time(0)
    return date.isoformat(moment.date()) if is_day else moment.isoformat(sep=" ", timespec="minutes")
