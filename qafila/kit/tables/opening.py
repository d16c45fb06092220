"""One door for every table: the first bytes tell what kind of file it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from qafila.kit.tables.csv_reader import CsvTable, open_csv
from qafila.kit.tables.rows import Limits, TableCode, TableError
from qafila.kit.tables.xlsx.archive import OLE_BEGINS, ZIP_BEGINS, refuse_ole
from qafila.kit.tables.xlsx_reader import XlsxTable, open_xlsx

Table = CsvTable | XlsxTable


def open_table(
    source: Path | BinaryIO,
    *,
    limits: Limits | None = None,
    columns: Mapping[str, str | int] | None = None,
    default_region: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Opens a CSV (or pasted) table or an XLSX workbook by what its bytes say, not by its name; use as a context manager.

    Parameters and errors are those of :func:`open_csv` and :func:`open_xlsx`; besides, ``file_old_format`` (.xls) and
    ``file_encrypted``. ``encoding`` and ``delimiter`` mean nothing to a workbook, ``sheet`` nothing to a CSV file. A stream
    that cannot seek is read as CSV.
    """
    if isinstance(source, Path):
        try:
            stream: BinaryIO = source.open("rb")
        except OSError as refusal:
            raise TableError(
                TableCode.FILE_UNREADABLE, f"The file cannot be read: {type(refusal).__name__}."
            ) from refusal
        with stream:
            begins = stream.read(len(OLE_BEGINS))
            if begins == OLE_BEGINS:
                raise refuse_ole(stream, stream.seek(0, 2))
    else:
        begins = _beginning(source)
    if begins.startswith(ZIP_BEGINS):
        return open_xlsx(source, limits=limits, columns=columns, default_region=default_region, sheet=sheet)
    return open_csv(
        source,
        limits=limits,
        columns=columns,
        default_region=default_region,
        encoding=encoding,
        delimiter=delimiter,
    )


def _beginning(stream: BinaryIO) -> bytes:
    if not stream.seekable():
        return b""
    start = stream.tell()
    begins = stream.read(len(OLE_BEGINS))
    if begins == OLE_BEGINS:
        raise refuse_ole(stream, stream.seek(0, 2))
    stream.seek(start)
    return begins
