"""Tells whoever runs this installation when a disk is nearly full, and when there is room again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from qafila.alerts.actions import close_alert, close_silent, keep_open, raise_alert
from qafila.alerts.effects import effect_reader
from qafila.alerts.models import Alert, Level
from qafila.alerts.rules.disk_room import Room, room
from qafila.kit.disk import Disk, disk_of

LOOK_SECONDS: Final = 60.0
GONE_AFTER: Final = timedelta(hours=1)
"""A disk that no process has looked at for so long is not in use any more (a larger one was put in its place)."""
_LEVELS: Final = {Room.LITTLE: Level.WARNING, Room.NEARLY_NONE: Level.CRITICAL}
DATA, DATABASE = "disk_nearly_full", "database_disk_nearly_full"


def look(*, data: Path, now: datetime) -> None:
    """Raises, keeps up to date and closes the alerts about the disks of the data folder and, where it is on this machine, of the
    database. One alert a disk, whichever processes look at it."""
    disks: dict[str, tuple[str, Disk]] = {}
    if own := disk_of(data):
        disks[own.id] = (DATA, own)
    folder = database_folder()
    if folder and (its := disk_of(folder)):
        disks[its.id] = (DATABASE, its)  # both on one disk: what stops first is said
    for code, disk in disks.values():
        _judge(code, disk, now)
    close_silent((DATA, DATABASE), business_id=None, since=now - GONE_AFTER, now=now)


def database_folder() -> Path | None:
    """Where the database server keeps its files, if it says so and it is on this machine.

    None for a server behind a name or an address of another machine, and where our user may not ask.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setting, inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()"
            " FROM pg_settings WHERE name = 'data_directory'"
        )
        row = cursor.fetchone()
    return Path(row[0]) if row and row[0] and row[1] else None


def _judge(code: str, disk: Disk, now: datetime) -> None:
    subject, found = ("disk", disk.id), room(free=disk.free, total=disk.total)
    if found is Room.ENOUGH:
        close_alert(code, business_id=None, subject=subject, now=now)
        return
    params, level = {"free": disk.free}, _LEVELS.get(found)
    # Looking again is not happening again: the count stays, what is left is the newest.
    stands = keep_open(code, business_id=None, subject=subject, params=params, now=now)
    if level is not None and (stands is None or (level is Level.CRITICAL and stands != level)):
        raise_alert(code, business_id=None, level=level, params=params, subject=subject, now=now)


@effect_reader
def what_stops(raised: Sequence[Alert], business_id: int) -> Mapping[int, str]:
    """Row of an alert to what a full disk would stop, in the active language."""
    del business_id  # the same for all
    words = {
        DATA: _("when it is full, no file and no uploaded list can be stored"),
        DATABASE: _("when it is full, nothing is sent and nothing that comes in is stored"),
    }
    return {one.pk: words[one.code] for one in raised if one.code in words and one.closed_at is None}
