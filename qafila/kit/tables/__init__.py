"""Tables from outside, read row by row in bounded memory; tables for outside, written so that no cell is a formula.

``with open_table(path) as table: for row in table: …`` gives :class:`Row` and :class:`BadRow`, whether the file is CSV or
XLSX; nothing is dropped in silence. ``write_csv`` and ``write_xlsx`` are the way out.
"""

from qafila.kit.tables.csv_reader import CsvTable, open_csv
from qafila.kit.tables.csv_writer import csv_chunks, safe_cell, unsafe_cell
from qafila.kit.tables.headers import FIELDS, field_of_header
from qafila.kit.tables.opening import Table, open_table
from qafila.kit.tables.rows import BadRow, Limits, Row, RowReason, TableCode, TableError
from qafila.kit.tables.writing import write_csv, write_xlsx
from qafila.kit.tables.xlsx_reader import XlsxTable, open_xlsx

__all__ = [
    "FIELDS",
    "BadRow",
    "CsvTable",
    "Limits",
    "Row",
    "RowReason",
    "Table",
    "TableCode",
    "TableError",
    "XlsxTable",
    "csv_chunks",
    "field_of_header",
    "open_csv",
    "open_table",
    "open_xlsx",
    "safe_cell",
    "unsafe_cell",
    "write_csv",
    "write_xlsx",
]
