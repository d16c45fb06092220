"""A first look at a draft's file: what kind it is, its headings, a few rows; remembered, so that pages need not open it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import Any, BinaryIO, Final, cast

from django.core.files.storage import default_storage

from qafila.businesses.refusals import Refused
from qafila.campaigns import incoming
from qafila.campaigns.models import Draft
from qafila.campaigns.rules.recipients import keepable
from qafila.kit import tables
from qafila.kit.tables import CsvTable, Table, TableError

_FIRST_ROWS: Final = 5
_SHOWN_CELL: Final = 120
_SHOWN_COLUMNS: Final = 40


def inspect(draft: Draft, chosen: Mapping[str, Any]) -> None:
    """Looks at the beginning of the file and keeps what was found beside what was chosen (``Draft.reading``).

    :raises Refused: every ``kit.tables.TableCode``.
    """
    region = chosen.get("country") or draft.business.default_country or None
    try:
        with (
            default_storage.open(draft.file, "rb") as file,
            tables.open_table(
                cast(BinaryIO, file),
                limits=incoming.LIMITS,
                default_region=region,
                encoding=chosen.get("encoding") or None,
                delimiter=chosen.get("delimiter") or None,
                sheet=chosen.get("sheet") or None,
            ) as table,
        ):
            draft.reading = {**chosen, **_found(table)}
    except TableError as refusal:
        raise Refused(refusal.code.value, str(refusal), **refusal.params) from refusal


def _found(table: Table) -> dict[str, Any]:
    first = []
    for row in islice(table, _FIRST_ROWS):
        values = getattr(row, "values", ())
        first.append([row.number, [_cut(cell) for cell in values[:_SHOWN_COLUMNS]]])
    if not first:
        raise TableError(tables.TableCode.FILE_EMPTY, "The file has no rows.")
    header = [_cut(cell) for cell in table.header] or [f"{place + 1}" for place in range(table.width)]
    found: dict[str, Any] = {
        "kind": table.kind,
        "header": header,
        "has_header": bool(table.header),
        "columns": table.columns,
        "first": first,
    }
    if isinstance(table, CsvTable):
        found |= {"found_encoding": table.encoding.codec, "guessed": table.encoding.guessed}
        found["found_delimiter"] = table.delimiter
    else:
        found |= {"sheets": table.sheets[:100], "found_sheet": table.sheet}
    return found


def inspect_again(draft: Draft, chosen: Mapping[str, Any]) -> None:
    """The same after other choices; the columns of another table are guessed anew, and what was mended in it goes."""
    now_chosen = {key: draft.reading.get(key) or "" for key in ("encoding", "delimiter", "sheet", "country")}
    wanted = {**now_chosen, **chosen}
    if wanted == now_chosen:
        return
    inspect(draft, wanted)
    if any(wanted[key] != now_chosen[key] for key in ("encoding", "delimiter", "sheet")):
        draft.columns = dict(draft.reading["columns"])
        draft.mended = {}


def columns_of(draft: Draft, wanted: Mapping[str, int]) -> dict[str, int]:
    """Of the chosen columns those that the file has."""
    width = len(draft.reading["header"])
    return {
        field: column
        for field, column in wanted.items()
        if field in ("phone", "name", "message") and 0 <= column < width
    }


def shown_file_name(given: str) -> str:
    """A file's name as it can be kept and shown: its last part, without control and direction characters, not too long."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    kept = " ".join(kept.split())
    if len(kept) <= 120:
        return kept
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:100]}…{dot}{ending[:10]}" if dot else f"{kept[:119]}…"


def _cut(cell: str) -> str:
    return keepable(cell if len(cell) <= _SHOWN_CELL else cell[: _SHOWN_CELL - 1] + "…")
