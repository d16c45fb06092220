"""The background half of an export: writes the file with the rights that its person has now."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from qafila.events.live import notify_now
from qafila.web.lists.exporting import CannotWrite, Exported, Table, table, write
from qafila.web.lists.later import page_at, person_now
from qafila.web.lists.page import ListPage
from qafila.web.models import Export, ExportState
from qafila.web.shell.doors import Current

log = logging.getLogger(__name__)

KEPT_FOR: Final = timedelta(hours=24)
_EVERY: Final = 1_000
"""Rows between two looks at the progress bar."""


def run(export_id: int, *, now: datetime) -> None:
    """Writes the file of an export. Nothing happens if it was done, or given up; begun anew if a worker died over it."""
    export = Export.objects.select_related("business", "user").filter(pk=export_id).first()
    if export is None or export.state in (ExportState.FINISHED, ExportState.FAILED):
        return
    current = person_now(export.user, export.business)
    if current is None or not may_have(export, current):
        give_up(export.pk, now=now)
        return
    Export.objects.filter(pk=export.pk).update(state=ExportState.RUNNING, done=0)
    with translation.override(export.language), timezone.override(current.zone):
        with tempfile.TemporaryFile() as out:
            try:
                header, rows = _table(export, current)
                done = write(header, _counted(rows, export), out, kind=export.format)
            except CannotWrite:
                log.warning(
                    "the source of an export cannot be read", extra={"export": export.pk}, exc_info=True
                )
                give_up(export.pk, now=now)
                return
            out.seek(0)
            file = default_storage.save(f"exports/{export.public_id}.{export.format}", File(out))
    Export.objects.filter(pk=export.pk).update(
        state=ExportState.FINISHED, done=done, file=file, finished_at=now, expires_at=now + KEPT_FOR
    )
    _tell(export)


def may_have(export: Export, current: Current) -> bool:
    """Whether the person has, with the role of now, the right to the list that is in the file."""
    try:
        view = resolve(export.path).func
    except Resolver404:
        return False  # the list is no more
    made: type[ListPage] | Exported | None = getattr(view, "list_page", None) or getattr(
        view, "exported", None
    )
    return made is not None and (not made.scope or current.actor.may(made.scope))


def way_back(export: Export) -> str:
    """The page on which the export was asked for."""
    match = resolve(export.path)
    exported: Exported | None = getattr(match.func, "exported", None)
    return exported.back(match.kwargs) if exported else f"{export.path}?{export.query}"


def give_up(export_id: int, *, now: datetime) -> None:
    """Marks an export as failed; its page, also an open one, says so and offers to ask again."""
    over = (ExportState.FINISHED, ExportState.FAILED)
    export = Export.objects.filter(pk=export_id).exclude(state__in=over).first()
    if export is None:
        return
    changed = Export.objects.filter(pk=export_id).exclude(state__in=over)
    if changed.update(state=ExportState.FAILED, finished_at=now):
        _tell(export)


def expire(*, now: datetime) -> int:
    """Deletes files whose time is over, and rows of exports that are older than a week.

    :returns: how many files.
    """
    gone = 0
    for export in Export.objects.filter(expires_at__lte=now).exclude(file=""):
        default_storage.delete(export.file)
        Export.objects.filter(pk=export.pk).update(file="")
        gone += 1
    Export.objects.filter(asked_at__lte=now - timedelta(days=7)).delete()
    return gone


def _table(export: Export, current: Current) -> Table:
    """What stands in the file: the list as it would be shown to that person, or what the view has instead."""
    match = resolve(export.path)
    exported: Exported | None = getattr(match.func, "exported", None)
    if exported:
        return exported.table(current, match.kwargs)
    page = page_at(export.path, export.query, current)
    if page is None:
        raise CannotWrite  # the list is no more
    return table(page, page.source(current, page.query()).all_rows())


def _counted(rows: Iterator[Any], export: Export) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _EVERY == 0:
            Export.objects.filter(pk=export.pk).update(done=number)
            _tell(export)


def _tell(export: Export) -> None:
    with transaction.atomic():
        notify_now(export.business_id, f"export:{export.public_id}")
