"""What machines read of a moment: UTC, milliseconds, ``Z``, wherever the moment was taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from qafila.kit.stamps import stamp

CAIRO = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 3, 1, 9, 30, tzinfo=UTC), "2026-03-01T09:30:00.000Z"),
        (datetime(2026, 3, 1, 0, 30, 1, 250_999, tzinfo=CAIRO), "2026-02-28T22:30:01.250Z"),
    ],
)
def test_any_zone_is_written_as_utc_to_the_millisecond(moment: datetime, written: str) -> None:
    assert stamp(moment) == written


def test_no_moment_stays_none() -> None:
    assert stamp(None) is None
