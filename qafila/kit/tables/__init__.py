"""Tables from outside, read row by row in bounded memory; tables for outside, written so that no cell is a formula.

``with open_csv(path) as table: for row in table: …`` gives :class:`Row` and :class:`BadRow`; nothing is dropped in silence.
"""

from qafila.kit.tables.csv_reader import CsvTable, open_csv
from qafila.kit.tables.csv_writer import csv_chunks, safe_cell, unsafe_cell
from qafila.kit.tables.headers import FIELDS, field_of_header
from qafila.kit.tables.rows import BadRow, Limits, Row, RowReason, TableCode, TableError

__all__ = [
    "FIELDS",
    "BadRow",
    "CsvTable",
    "Limits",
    "Row",
    "RowReason",
    "TableCode",
    "TableError",
    "csv_chunks",
    "field_of_header",
    "open_csv",
    "safe_cell",
    "unsafe_cell",
]
