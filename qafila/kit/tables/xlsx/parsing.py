"""One way to parse the XML of a file that nobody trusts: no DTD, no entities, no deep nesting, no endless tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.parsers import expat

from qafila.kit.tables.xlsx.archive import unreadable, unsafe

_DEEPEST = 64
_LONGEST_TOKEN = 300_000
_MOST_ATTRIBUTES = 100
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Parser:
    """Expat, fed piece by piece. ``start`` and ``end`` get names without their namespace prefix.

    :ivar fed: bytes so far.
    :ivar text: what stood between tags since :meth:`collect`.
    """

    def __init__(self, start: Start, end: End, *, longest_text: int) -> None:
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = self._refuse_dtd
        self._expat.EntityDeclHandler = self._refuse_dtd
        self._expat.ExternalEntityRefHandler = self._refuse_dtd
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._on_start, self._on_end = start, end
        self._longest = longest_text
        self._depth = 0
        self.fed = 0
        self.text = ""
        self.too_long = False

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        """Parses a piece; the handlers are called meanwhile."""
        try:
            self._expat.Parse(piece, final)
        except expat.ExpatError as refusal:
            raise unreadable("the XML is damaged") from refusal
        self.fed += len(piece)
        if self.fed - max(0, self._expat.CurrentByteIndex) > _LONGEST_TOKEN:
            raise unsafe("a tag has no end")

    def run(self, pieces: Iterable[bytes]) -> None:
        """Parses a whole part."""
        for piece in pieces:
            self.feed(piece)
        self.feed(b"", final=True)

    def collect(self) -> None:
        """From now on the text between tags is kept (until :meth:`leave`)."""
        self._expat.CharacterDataHandler = self._characters

    def leave(self) -> None:
        """Text is of no interest any more."""
        self._expat.CharacterDataHandler = None

    def _characters(self, data: str) -> None:
        if len(self.text) + len(data) > self._longest:
            self.too_long = True
            return
        self.text += data

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST or len(attributes) > _MOST_ATTRIBUTES:
            raise unsafe("its tags are nested deeper than those of a workbook")
        self._on_start(name if ":" not in name else name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._on_end(name if ":" not in name else name.rpartition(":")[2])

    @staticmethod
    def _refuse_dtd(*_: object) -> int:
        raise unsafe("it defines entities of its own")


def unescape(text: str) -> str:
    """Excel's own escapes: ``_x000D_`` is a carriage return, ``_x005F_`` an underscore."""
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "_x" in text else text
