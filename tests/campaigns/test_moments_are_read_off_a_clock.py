"""A moment that a person writes as their own clock shows it, also on the days on which the clock is put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qafila.businesses.refusals import Refused
from qafila.campaigns.rules.beginning import FARTHEST, GRACE, LATE, checked, is_late
from qafila.campaigns.rules.clock import from_clock, on_clock

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
JERUSALEM, BERLIN, LORD_HOWE = (
    ZoneInfo(name) for name in ("Asia/Jerusalem", "Europe/Berlin", "Australia/Lord_Howe")
)
ZONES = [
    *("UTC", "Africa/Cairo", "America/New_York", "Asia/Jerusalem", "Asia/Kathmandu", "Europe/Berlin"),
    *("America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "America/Santiago"),
]


def refused(text: str, zone: ZoneInfo = JERUSALEM) -> Refused:
    with pytest.raises(Refused) as caught:
        from_clock(text, zone)
    return caught.value


def test_it_is_the_moment_at_which_the_clock_shows_that() -> None:
    assert from_clock("2026-12-01T09:00", JERUSALEM) == datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    assert from_clock("2026-07-01T09:00:30", JERUSALEM) == datetime(2026, 7, 1, 6, 0, 30, tzinfo=UTC)
    assert from_clock("2026-12-01 09:00", ZoneInfo("Asia/Kathmandu")).minute == 15


def test_a_time_that_the_clock_leaves_out_is_refused_with_that_time() -> None:
    found = refused("2026-03-27T02:30")
    assert (found.code, found.params["time"]) == ("begin_skipped", "02:30")
    assert from_clock("2026-03-27T01:59", JERUSALEM) + timedelta(minutes=1) == from_clock(
        "2026-03-27T03:00", JERUSALEM
    )
    assert refused("2026-10-04T02:15", LORD_HOWE).code == "begin_skipped", "half an hour there"


def test_of_a_time_that_the_clock_shows_twice_it_is_the_first() -> None:
    assert from_clock("2026-10-25T01:30", JERUSALEM) == datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    assert from_clock("2026-10-25T02:30", BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-12-01", "20261201", "09:00", "2026-13-01T09:00", "2026-02-30T09:00"),
        *("2026-12-01T25:00", "2026-12-01T09:00+02:00", "2026-12-01T09:00Z", "0001-01-01T00:00"),
        *("9999-12-31T23:59x", "\x00", "9" * 300),
    ],
)
def test_what_is_no_day_with_a_time_is_refused(text: str) -> None:
    assert refused(text).code == "begin_unreadable"


def test_the_end_of_all_years_is_no_fault_of_ours() -> None:
    assert refused("9999-12-31T23:59", ZoneInfo("America/New_York")).code == "begin_unreadable"


@pytest.mark.parametrize("zone", ZONES)
@given(seconds=st.integers(1_700_000_000, 1_900_000_000))
@example(seconds=1_774_573_200)  # the clock of Jerusalem is put forward
@example(seconds=1_792_884_600)  # and back: 01:30 comes twice
def test_what_a_form_shows_is_read_as_the_same_moment(zone: str, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds - seconds % 60, UTC)
    clock = ZoneInfo(zone)
    read = from_clock(on_clock(at, clock), clock)
    assert on_clock(read, clock) == on_clock(at, clock)
    assert read == at or timedelta(0) < at - read <= timedelta(hours=1), "the first of the two"


@given(minutes=st.integers(28_400_000, 31_500_000), zone=st.sampled_from(ZONES))
def test_it_is_refused_only_where_no_moment_shows_it(minutes: int, zone: str) -> None:
    shown, clock = datetime.fromtimestamp(60 * minutes, UTC).replace(tzinfo=None), ZoneInfo(zone)
    around = shown.replace(tzinfo=UTC) - timedelta(hours=15)
    moments = (around + timedelta(minutes=15 * n) for n in range(120))
    offsets = {moment.astimezone(clock).utcoffset() for moment in moments}
    fitting = [
        moment
        for moment in (shown.replace(tzinfo=UTC) - offset for offset in offsets if offset is not None)
        if moment.astimezone(clock).replace(tzinfo=None) == shown
    ]
    try:
        assert from_clock(shown.isoformat(), clock) == min(fitting, default=None)
    except Refused as refusal:
        assert (refusal.code, fitting) == ("begin_skipped", [])


def test_it_lies_ahead_and_within_a_year() -> None:
    assert checked(NOW + timedelta(hours=1), now=NOW) == NOW + timedelta(hours=1)
    assert checked(NOW - GRACE, now=NOW) == NOW - GRACE, "the minute that is running"
    assert checked(NOW + FARTHEST, now=NOW)
    second = timedelta(seconds=1)
    for at, code in ((NOW - GRACE - second, "begin_in_past"), (NOW + FARTHEST + second, "begin_too_far")):
        with pytest.raises(Refused) as caught:
            checked(at, now=NOW)
        assert (caught.value.code, caught.value.params["field"]) == (code, "at")


def test_a_moment_of_a_worker_is_not_late() -> None:
    assert not is_late(NOW - LATE, now=NOW)
    assert is_late(NOW - LATE - timedelta(seconds=1), now=NOW)
