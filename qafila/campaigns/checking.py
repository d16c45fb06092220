"""The check before a contract: every row of the file is read as the import would read it, and nothing is written but what
was found. Interrupted at any point it simply begins again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db import connection

from qafila.campaigns import incoming
from qafila.campaigns.models import CheckState, Draft
from qafila.campaigns.queries.drafts import OVER
from qafila.campaigns.rules.components import kind_of
from qafila.campaigns.rules.fields import TextFault
from qafila.campaigns.rules.previews import Tally, preview_of
from qafila.campaigns.rules.row_reader import Read, RowReader
from qafila.campaigns.standing import standing_among
from qafila.campaigns.ways import way_of
from qafila.dispatch.rules.gates import WINDOW_MARGIN, WINDOW_SECONDS
from qafila.kit.rng import seeded
from qafila.kit.statements import statement
from qafila.kit.tables import Table, TableError

log = logging.getLogger(__name__)

_CHUNK: Final = 2_000
AT_ONCE_BYTES: Final = {"csv": 400_000, "xlsx": 100_000}
"""A smaller file (about 5,000 rows) is checked while the person waits; a larger one by a worker."""


def is_quick(draft: Draft) -> bool:
    """Whether its file is read while a person waits."""
    return draft.file_size <= AT_ONCE_BYTES[draft.reading["kind"]]


def options_of(draft: Draft) -> dict[str, Any]:
    """How the file is read and what is sent, as the import keeps it (``Campaign.import_options``)."""
    reading, content = draft.reading, draft.content
    options: dict[str, Any] = {
        key: reading[key] for key in ("encoding", "delimiter", "sheet", "country") if reading.get(key)
    }
    columns = dict(draft.columns)
    kind = content.get("kind", "column")
    if kind != "column":
        columns.pop("message", None)
    if kind == "text":
        options["text"] = content.get("text", "")
    elif kind == "template":
        options["values"] = template_values(content)
        if more := template_more(content):
            options["more"] = more
    if draft.mended:
        options["mended"] = draft.mended
    return {**options, "columns": columns, "duplicates": draft.duplicates}


def template_values(content: dict[str, Any]) -> list[str] | dict[str, str]:
    """The texts of a template's variables as the ledger orders them: a list, or by name."""
    every: dict[str, str] = content.get("values") or {}
    values = {key: text for key, text in every.items() if kind_of(key) is None}
    return values if content.get("named") else [values[key] for key in sorted(values, key=int)]


def template_more(content: dict[str, Any]) -> dict[str, str]:
    """The texts of what a template asks for outside its body, by the keys of ``rules.components.Slot``."""
    every: dict[str, str] = content.get("values") or {}
    return {key: text for key, text in every.items() if kind_of(key) is not None}


@contextmanager
def opened(draft: Draft) -> Iterator[tuple[Table, RowReader]]:
    """The draft's file and how its rows are read.

    :raises TableError: it cannot be read so. :raises TextFault: a text has a fault. :raises OSError: it is gone.
    """
    options = options_of(draft)
    region = options.get("country") or draft.business.default_country or None
    with (
        default_storage.open(draft.file, "rb") as file,
        incoming.open_table(file, options, region=region) as table,
    ):
        yield table, incoming.reader_of(table, options, region=region, templated=is_templated(draft))


def is_templated(draft: Draft) -> bool:
    """Whether the rows fill a template's variables."""
    return bool(draft.content.get("kind") == "template")


def check(draft_id: int, version: int, *, now: Callable[[], datetime]) -> bool:
    """Reads the whole file and keeps what was found with the draft. False: the draft was changed meanwhile, or is gone."""
    draft = Draft.objects.select_related(*OVER).filter(pk=draft_id, version=version).first()
    if draft is None:
        return False
    try:
        result = _read_all(draft, now())
    except (TableError, TextFault) as refusal:
        code = refusal.code.value if isinstance(refusal, TableError) else refusal.code
        return _keep(
            draft, check_state=CheckState.FAILED, check_reason=code, check_result={"words": refusal.params}
        )
    except OSError:
        log.warning("a draft's file is gone", extra={"draft": draft_id})
        return _keep(draft, check_state=CheckState.FAILED, check_reason="file_unreadable", check_result={})
    if result is None:
        return False
    return _keep(
        draft,
        check_state=CheckState.DONE,
        check_reason="",
        check_result=result,
        check_rows=result["total"],
        check_share=1.0,
        updated_at=now(),
    )


def give_up(draft_id: int, version: int) -> None:
    """The check did not succeed, however often it was tried: the draft says so."""
    Draft.objects.filter(
        pk=draft_id, check_version=version, check_state__in=(CheckState.WAITING, CheckState.RUNNING)
    ).update(check_state=CheckState.FAILED, check_reason="internal_error", check_result={})


def recipient_at(draft: Draft, place: int) -> dict[str, Any] | None:
    """The ``place``-th recipient of the file, from 1, as a preview; None past the last one."""
    tally = Tally(seeded("preview"), once_per_number=draft.duplicates == "number")
    with opened(draft) as (table, reader):
        for read, code in _judged(draft, table, reader, tally):
            if not code and tally.good == place:
                return preview_of(read, place)
    return None


def refused_rows(draft: Draft) -> Iterator[tuple[Read, str]]:
    """Every row that will not be sent, with the wording code of its reason, in the order of the file.

    :raises TableError: it cannot be read so. :raises TextFault: a text has a fault. :raises OSError: it is gone.
    """
    tally = Tally(seeded("refused"), once_per_number=draft.duplicates == "number")
    with opened(draft) as (table, reader):
        yield from ((read, code) for read, code in _judged(draft, table, reader, tally) if code)


def _read_all(draft: Draft, now: datetime) -> dict[str, Any] | None:
    tally = Tally(seeded(f"draft:{draft.pk}"), once_per_number=draft.duplicates == "number")
    audience = _Audience(draft, now)
    with opened(draft) as (table, reader):
        for count, (read, code) in enumerate(_judged(draft, table, reader, tally), start=1):
            if not code:
                audience.add(read.recipient.digits)
            if count % _CHUNK == 0 and not _keep(
                draft, check_state=CheckState.RUNNING, check_rows=count, check_share=table.share
            ):
                return None
    return {**tally.result(), **audience.result()}


def _judged(draft: Draft, table: Table, reader: RowReader, tally: Tally) -> Iterator[tuple[Read, str]]:
    """Every row with the wording code of why it will not be sent; "" for those that have a recipient."""
    rows = iter(table)
    while some := [reader.read(row) for row in islice(rows, _CHUNK)]:
        standing = standing_among(draft, (read.recipient for read in some if not read.recipient.reason))
        for read in some:
            stands = read.recipient.row in standing
            if tally.add(read, stands=stands):
                yield read, ""
            else:
                yield read, read.recipient.reason or ("duplicate" if stands else "repeated_row")


def _keep(draft: Draft, **values: Any) -> bool:
    """Writes to the draft unless it was changed meanwhile."""
    return bool(
        Draft.objects.filter(pk=draft.pk, version=draft.version, start_at=None, campaign=None).update(
            **values
        )
    )


class _Audience:
    """Whom the gates will stop: people who said STOP, and those whose windows with all these numbers are shut."""

    def __init__(self, draft: Draft, now: datetime) -> None:
        self._params: dict[str, Any] = {
            "business": draft.business_id,
            "senders": sorted(one.pk for one in way_of(draft, now=now).numbers),
            "since": now - timedelta(seconds=WINDOW_SECONDS - WINDOW_MARGIN),
        }
        self._numbers: list[str] = []
        self._opted_out = self._open = 0

    def add(self, digits: str) -> None:
        self._numbers.append(digits)
        if len(self._numbers) >= 5_000:
            self._ask()

    def result(self) -> dict[str, Any]:
        """``numbers``: row ids of the senders whose windows were looked at."""
        if self._numbers:
            self._ask()
        asked = self._params["senders"]
        return {"opted_out": self._opted_out, "windows_open": self._open, "numbers": asked}

    def _ask(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                statement("qafila.campaigns", "audience"), {**self._params, "numbers": self._numbers}
            )
            row = cursor.fetchone()
        self._opted_out += row[0]
        self._open += row[1]
        self._numbers = []
