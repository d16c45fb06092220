"""Which character separates the cells? Found from the first rows: the one that gives every row the same width."""

from __future__ import annotations

import csv
from collections import Counter
from typing import NamedTuple

DELIMITERS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 200


class Dialect(NamedTuple):
    """The separator, and whether the file begins with a ``sep=;`` line of Excel's, which is not a row."""

    delimiter: str
    has_sep_line: bool = False


def detect(sample: str, *, is_whole_file: bool) -> Dialect:
    """The dialect of a decoded beginning of a file. A file of one column answers a comma."""
    first_line = sample.partition("\n")[0].strip("\r\ufeff ").strip('"')
    if first_line.lower().startswith("sep=") and len(first_line) == 5:
        return Dialect(first_line[4], has_sep_line=True)
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        score = _score(sample, delimiter, is_whole_file=is_whole_file)
        if score > best_score:
            best, best_score = delimiter, score
    return Dialect(best)


def _score(sample: str, delimiter: str, *, is_whole_file: bool) -> tuple[float, int]:
    """(share of rows that have the usual width, that width); (0, 0) if the delimiter separates nothing."""
    widths: list[int] = []
    try:
        for record in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) > _ROWS_LOOKED_AT:
                break
    except csv.Error:
        pass
    if not is_whole_file and len(widths) > 1:
        widths.pop()
    if not widths:
        return 0.0, 0
    width, times = Counter(widths).most_common(1)[0]
    if width < 2:
        return 0.0, 0
    # The header row has the true width more often than any other row: a delimiter that is not in it is none.
    agreeing = times / len(widths)
    return (agreeing if widths[0] == width else agreeing / 2), width
