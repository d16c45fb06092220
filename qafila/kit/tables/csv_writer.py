"""CSV for people who open it in a spreadsheet: no cell can become a formula, and every cell reads back as it was.

A cell that begins with ``= + - @``, tab, CR, LF, or a full-width form of those gets an apostrophe before it (OWASP, CSV
injection); :func:`qafila.kit.tables.open_csv` takes exactly that one away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

_DANGEROUS = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")
_CHUNK_CHARACTERS = 64_000


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might evaluate a cell with this text."""
    return _DANGEROUS.match(text) is not None


def safe_cell(value: object) -> str:
    """The text of a cell that no spreadsheet evaluates. None becomes an empty cell, NUL goes."""
    text = "" if value is None else str(value).replace("\x00", "")
    return f"'{text}" if looks_like_formula(text) else text


def unsafe_cell(text: str) -> str:
    """The inverse of :func:`safe_cell`: what was written before the apostrophe was put in front."""
    return text[1:] if text.startswith("'") and looks_like_formula(text) else text


def csv_chunks(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ",", mark: bool = True
) -> Iterator[bytes]:
    """A CSV file in UTF-8, in pieces of about 64 kB, as the rows come.

    :param delimiter: ``;`` suits spreadsheets whose decimal sign is a comma (Russian).
    :param mark: begin with a byte order mark, without which Excel does not recognise UTF-8.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if mark:
        buffer.write("\ufeff")
    writer.writerow([safe_cell(cell) for cell in header])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        if buffer.tell() >= _CHUNK_CHARACTERS:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")
