"""A list as CSV or XLSX: a few thousand rows at once, more as a background job with progress and a link that expires."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from django.db import connection, transaction
from django.http import FileResponse, Http404, HttpResponseRedirect
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

DIRECT_ROWS: Final = 5_000
"""More rows than this are written in the background."""
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STATEMENT_TIMEOUT = "30s"


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
        write(page, source.all_rows(), out, kind=kind)  # type: ignore[arg-type]
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=file_name(page, kind, timezone.now()), content_type=TYPES[kind]
    )


def begin(page: ListPage, query: ListQuery) -> HttpResponseBase:
    """Puts a job for the file on its way and leads to the page that shows its progress.

    :raises Http404: an unknown format, or a list that has no exports.
    """
    from qafila.web.jobs import write_export

    kind = page.request.POST.get("export", "")
    if kind not in TYPES or not page.export_name:
        raise Http404(kind)
    now = timezone.now()
    parameters = page.request.GET.copy()
    for name in ("format", "page"):
        parameters.pop(name, None)
    with transaction.atomic():
        made = Export.objects.create(
            public_id=new_public_id("export"),
            business=page.current.business,
            user=page.current.user,
            path=page.request.path,
            query=parameters.urlencode()[:4000],
            format=kind,
            name=file_name(page, kind, now),
            language=(translation.get_language() or "en")[:2],
            total=page.source(page.current, query).total(),
            asked_at=now,
        )
        write_export.defer(export_id=made.pk)
    return HttpResponseRedirect(reverse("export", args=[made.public_id]))


def write(page: ListPage, rows: Iterator[Any], out: BinaryIO, *, kind: str) -> int:
    """Writes the rows into ``out``, in the reader's language and clock.

    :returns: how many.
    """
    columns = [column for column in page.columns if column.export is not False]
    header = [str(column.title) or column.key for column in columns]

    def cells() -> Iterator[Sequence[object]]:
        for row in rows:
            yield [_plain(column.value(row)) for column in columns]

    if kind == "csv":
        return write_csv(header, cells(), out)
    return write_xlsx(header, cells(), out, rtl=translation.get_language_bidi())


def file_name(page: ListPage, kind: str, now: datetime) -> str:
    """``contracts-2026-06-01.csv``."""
    return f"{page.export_name}-{timezone.localtime(now):%Y-%m-%d}.{kind}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value
