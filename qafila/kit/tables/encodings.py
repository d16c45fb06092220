"""In which encoding is a text file? Marks first, then proof (strict UTF-8), and only then a guess that says it is one."""

from __future__ import annotations

import codecs
import functools
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Encoding(NamedTuple):
    """A Python codec name.

    :ivar proven: True where every byte that will be read was decoded once without a fault.
    :ivar guessed: True where no mark and no proof decided, but letter frequencies: show it to a person.
    :ivar margin: for a guess: how much likelier it is than the next one, in nats per letter; below 0.3 is a weak guess.
    """

    codec: str
    proven: bool = False
    guessed: bool = False
    margin: float = 0.0


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Letters by frequency, in per mille, of running text: enough to tell three alphabets apart.
_RUSSIAN = (
    "о110 е85 а80 и74 н67 т63 с55 р47 в45 л44 к35 м32 д30 п28 у26 я20 ы19 ь17 г17 з16 б16 ч14 й12 х10 ж9 ш7 ю6 ц5 щ4 э3 "
    "ф3 ё2 ъ1"
)
_HEBREW = "י110 ו104 ה109 ל74 א63 ר56 ת50 ב47 מ46 ש44 ע32 נ29 כ27 ם27 ד26 ח25 ק21 פ17 ס15 ן14 ז13 ט12 ג12 צ12 ך8 ף2 ץ1"
_ARABIC = (
    "ا130 ل120 ي70 م65 ن65 و60 ر45 ت43 ب37 ع36 ه35 د30 ف30 س26 ة25 ق24 أ23 ك22 ح22 ج14 ش13 ى11 ص11 خ10 ط9 ذ8 ز8 ث7 إ6 "
    "ض6 غ5 ء4 ئ4 آ2 ظ2 ؤ1 ،5 ؟3"
)
_CANDIDATES = {"cp1251": _RUSSIAN, "cp1255": _HEBREW, "cp1256": _ARABIC}
_ASCII = bytes(range(0x80))
_ENOUGH_LETTERS = 200_000
# Accents in Latin words stand beside ASCII letters; the letters of other alphabets do not.
_BESIDE_ASCII_LETTER = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff](?=[A-Za-z])")
_CAPITAL_SHARE = 0.1
_ODD_LETTER = math.log(0.0005)
_SIGN = math.log(0.003)
_IMPOSSIBLE = -14.0


def by_mark(head: bytes) -> Encoding | None:
    """The encoding that a byte order mark names, or UTF-16 without one (every second byte of ASCII is zero)."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec)
    even, odd = head[0:4096:2], head[1:4096:2]
    if len(odd) >= 4:
        zeros_even, zeros_odd = even.count(0) / len(even), odd.count(0) / len(odd)
        if zeros_odd > 0.15 and zeros_even < 0.02:
            return Encoding("utf-16-le")
        if zeros_even > 0.15 and zeros_odd < 0.02:
            return Encoding("utf-16-be")
    return None


def of_chunks(chunks: Iterable[bytes], *, complete: bool) -> Encoding:
    """The encoding of a file given in pieces.

    :param complete: whether the pieces are the whole file; if not, a character cut at the end proves nothing.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    counts: Counter[int] = Counter()
    neighbours = 0
    is_utf8, first = True, True
    marked: Encoding | None = None
    for chunk in chunks:
        if first:
            first = False
            marked = by_mark(chunk)
            if marked and marked.codec != "utf-8-sig":
                return marked
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if counts.total() < _ENOUGH_LETTERS and (high := chunk.translate(None, delete=_ASCII)):
            counts.update(high[:_ENOUGH_LETTERS])
            neighbours += len(_BESIDE_ASCII_LETTER.findall(chunk))
    if is_utf8 and complete:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    if marked or is_utf8:
        return Encoding(marked.codec if marked else "utf-8", proven=is_utf8 and complete)
    return _guess(counts, neighbours)


def _guess(counts: Counter[int], neighbours: int) -> Encoding:
    total = sum(counts.values())
    if total and neighbours / total > 0.5:
        return Encoding("cp1252", guessed=True, margin=1.0)
    scores = sorted(
        (
            (sum(_table(codec)[byte] * times for byte, times in counts.items()), codec)
            for codec in _CANDIDATES
        ),
        reverse=True,
    )
    (best, codec), (second, _) = scores[0], scores[1]
    return Encoding(codec, guessed=True, margin=round((best - second) / max(1, total), 2))


@functools.cache
def _table(codec: str) -> dict[int, float]:
    """How likely each high byte is in running text of the codec's language, as a logarithm."""
    shares = {entry[0]: int(entry[1:]) / 1000 for entry in _CANDIDATES[codec].split()}
    table: dict[int, float] = {}
    for byte in range(0x80, 0x100):
        try:
            character = bytes([byte]).decode(codec)
        except UnicodeDecodeError:
            table[byte] = _IMPOSSIBLE
            continue
        if character in shares:
            table[byte] = math.log(shares[character])
        elif character.lower() in shares:
            table[byte] = math.log(shares[character.lower()] * _CAPITAL_SHARE)
        else:
            table[byte] = _ODD_LETTER if character.isalpha() else _SIGN
    return table
