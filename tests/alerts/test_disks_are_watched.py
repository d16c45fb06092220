"""A disk that is nearly full is one alert of the installation, kept up to date, and over when there is room again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qafila.alerts import actions, disks
from qafila.alerts.effects import effects_of
from qafila.alerts.models import Alert, Level
from qafila.alerts.queries import open_alerts
from qafila.alerts.rules.disk_room import Room, room
from qafila.alerts.saying import says
from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.kit.disk import disk_of

pytestmark = pytest.mark.django_db

GIB = 1 << 30
MINUTE = timedelta(minutes=1)
Fill = Callable[[int, int], None]


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Fill:
    """What the operating system answers from now on: bytes that are free, of how many."""

    def fill(free: int, total: int) -> None:
        usage = type(shutil.disk_usage("/"))(total, total - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)

    return fill


def standing() -> list[tuple[str, str, int, int]]:
    found = Alert.objects.filter(closed_at=None, deleted_at=None).order_by("pk")
    return [(one.code, one.level, one.count, one.params["free"]) for one in found]


@pytest.mark.parametrize(
    ("free", "total", "said"),
    [
        (2 * GIB, 500 * GIB, Room.BETWEEN),
        (2 * GIB - 1, 500 * GIB, Room.LITTLE),
        (GIB // 2, 500 * GIB, Room.LITTLE),
        (GIB // 2 - 1, 500 * GIB, Room.NEARLY_NONE),
        (3 * GIB - 1, 500 * GIB, Room.BETWEEN),
        (3 * GIB, 500 * GIB, Room.ENOUGH),
        # Of a small disk a tenth is little.
        (1_000, 10_000, Room.BETWEEN),
        (999, 10_000, Room.LITTLE),
        (249, 10_000, Room.NEARLY_NONE),
        (1_500, 10_000, Room.ENOUGH),
    ],
)
def test_the_bounds(free: int, total: int, said: Room) -> None:
    assert room(free=free, total=total) is said


def test_it_is_raised_grows_worse_and_is_over(left: Fill, tmp_path: Path, now: datetime) -> None:
    steps = [
        (3 * GIB, []),
        (2 * GIB, []),
        (GIB, [("warning", 1, GIB)]),
        (GIB - 5, [("warning", 1, GIB - 5)]),  # looking again is not happening again
        (GIB // 4, [("critical", 2, GIB // 4)]),
        (GIB, [("critical", 2, GIB)]),  # it never becomes milder by itself
        (3 * GIB - 1, [("critical", 2, 3 * GIB - 1)]),  # nor over before there is clearly room
        (3 * GIB, []),
        (2 * GIB, []),
    ]
    for minute, (free, expected) in enumerate(steps):
        left(free, 500 * GIB)
        disks.look(data=tmp_path, now=now + minute * MINUTE)
        found = [one[1:] for one in standing() if one[0] in (disks.DATA, disks.DATABASE)]
        assert set(found) == set(expected), minute


def test_one_alert_a_disk_and_the_database_s_comes_first(left: Fill, now: datetime) -> None:
    """The server of the tests keeps its files on this machine, and says where."""
    folder = disks.database_folder()
    assert folder is not None
    assert folder.is_dir()
    left(GIB, 500 * GIB)
    disks.look(data=folder, now=now)
    assert standing() == [(disks.DATABASE, Level.WARNING, 1, GIB)]


def test_a_disk_that_nobody_looks_at_any_more_is_over(left: Fill, tmp_path: Path, now: datetime) -> None:
    actions.raise_alert(
        disks.DATA,
        business_id=None,
        level=Level.CRITICAL,
        params={"free": 5},
        subject=("disk", "gone"),
        now=now,
    )
    left(100 * GIB, 500 * GIB)
    disks.look(data=tmp_path, now=now + disks.GONE_AFTER)
    assert [one[3] for one in standing()] == [5]
    disks.look(data=tmp_path, now=now + disks.GONE_AFTER + MINUTE)
    assert standing() == []


def test_a_real_disk_is_measured_and_a_folder_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    found = disk_of(tmp_path)
    assert found is not None
    usage = shutil.disk_usage(tmp_path)
    assert found.total == usage.total
    assert 0 < found.free <= found.total
    assert found.id == disk_of(tmp_path.parent).id  # type: ignore[union-attr]
    assert disk_of(tmp_path / "not there") is None


def test_it_is_said_in_the_reader_s_language_with_what_it_stops(
    left: Fill, tmp_path: Path, business: Business, owner_actor: Actor, now: datetime
) -> None:
    left(GIB + GIB // 2, 500 * GIB)
    actions.raise_alert(
        disks.DATABASE,
        business_id=None,
        level=Level.WARNING,
        params={"free": GIB},
        subject=("disk", "1"),
        now=now,
    )
    (alert,) = open_alerts(business.pk, installation=True)
    assert says(alert, "en").cause.replace("\xa0", " ") == "1.0 GB are left."
    assert "ГБ" in says(alert, "ru").cause
    effect = effects_of([alert], business_id=business.pk, language="en")[alert.pk]
    assert effect == "when it is full, nothing is sent and nothing that comes in is stored"
