"""A list as CSV or XLSX: a few thousand rows at once, more as a background job with progress and a link that expires."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from django.db import connection, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from qafila.kit.ids import new_public_id
from qafila.kit.tables import write_csv, write_xlsx
from qafila.web.lists.query import ListQuery
from qafila.web.models import Export

if TYPE_CHECKING:
    from qafila.web.lists.page import ListPage
    from qafila.web.shell.doors import Current

DIRECT_ROWS: Final = 5_000
"""More rows than this are written in the background."""
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STATEMENT_TIMEOUT = "30s"

Table: TypeAlias = tuple[Sequence[str], Iterator[Sequence[object]]]
"""A header, and the rows as they come."""


class CannotWrite(Exception):
    """What the file is made from is gone, or cannot be read: no other try will do."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What a view carries as ``exported`` whose file is no :class:`ListPage`, and is written by the same job.

    :ivar scope: the right to the file.
    :ivar table: the person and the parameters of the view's address → the table; the rows may raise :class:`CannotWrite`.
    :ivar back: the same parameters → the page that one comes from.
    """

    scope: str
    table: Callable[[Current, Mapping[str, Any]], Table]
    back: Callable[[Mapping[str, Any]], str]


def answer(page: ListPage, query: ListQuery) -> HttpResponseBase:
    """``?format=csv`` or ``xlsx``: the file, or for a large list the page that offers to write it in the background.

    :raises Http404: an unknown format, or a list that has no exports.
    """
    kind = page.request.GET.get("format", "")
    if kind not in TYPES or not page.export_name:
        raise Http404(kind)
    out = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115 - the response closes it
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'")
        source = page.source(page.current, query)
        total = source.total()
        if total > DIRECT_ROWS:
            out.close()
            return render(
                page.request, "web/lists/export_ask.html", {"page": page, "total": total, "kind": kind}
            )
        write(*table(page, source.all_rows()), out, kind=kind)  # type: ignore[arg-type]
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=file_name(page, kind, timezone.now()), content_type=TYPES[kind]
    )


def begin(page: ListPage, query: ListQuery) -> HttpResponseBase:
    """Puts a job for the file on its way and leads to the page that shows its progress.

    :raises Http404: an unknown format, or a list that has no exports.
    """
    kind = page.request.POST.get("export", "")
    if kind not in TYPES or not page.export_name:
        raise Http404(kind)
    now = timezone.now()
    total = page.source(page.current, query).total()
    return put_on_its_way(page.request, page.current, file_name(page, kind, now), kind, total=total, now=now)


def put_on_its_way(
    request: HttpRequest, current: Current, name: str, kind: str, *, total: int, now: datetime
) -> HttpResponseRedirect:
    """A job for the file of the request's address, and the way to the page that shows its progress.

    :param name: of the file. :param total: its rows, as far as they are known.
    """
    from qafila.web.jobs import write_export

    parameters = request.GET.copy()
    for key in ("format", "page"):
        parameters.pop(key, None)
    with transaction.atomic():
        made = Export.objects.create(
            public_id=new_public_id("export"),
            business=current.business,
            user=current.user,
            path=request.path,
            query=parameters.urlencode()[:4000],
            format=kind,
            name=name[:100],
            language=(translation.get_language() or "en")[:2],
            total=total,
            asked_at=now,
        )
        write_export.defer(export_id=made.pk)
    return HttpResponseRedirect(reverse("export", args=[made.public_id]))


def table(page: ListPage, rows: Iterator[Any]) -> Table:
    """The header and the cells of a list, in the reader's language and clock."""
    columns = [column for column in page.columns if column.export is not False]
    header = [str(column.title) or column.key for column in columns]
    return header, ([_plain(column.value(row)) for column in columns] for row in rows)


def write(header: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO, *, kind: str) -> int:
    """Writes a table into ``out``.

    :returns: how many rows.
    """
    if kind == "csv":
        return write_csv(header, rows, out)
    return write_xlsx(header, rows, out, rtl=translation.get_language_bidi())


def file_name(page: ListPage, kind: str, now: datetime) -> str:
    """``contracts-2026-06-01.csv``."""
    return f"{page.export_name}-{timezone.localtime(now):%Y-%m-%d}.{kind}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value
