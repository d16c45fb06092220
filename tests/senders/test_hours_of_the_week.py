"""The hours in which a number sends campaigns, on a clock that is put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qafila.businesses.refusals import Refused
from qafila.senders.rules.hours import (
    ANY_TIME,
    MIDNIGHT,
    Hours,
    Kept,
    as_kept,
    as_written,
    hours_of,
    kept,
    read,
    week_of,
)

ZONES = (
    *("UTC", "Africa/Cairo", "America/New_York", "Asia/Jerusalem", "Asia/Kathmandu", "Europe/Berlin"),
    *("America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "America/Santiago"),
)
"""With whole hours, halves and quarters, put forward at night and at midnight, by an hour and by half an hour."""
NINE_TO_SIX: Kept = [[["09:00", "18:00"]]] * 5 + [[], []]
NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"


@st.composite
def weeks(draw: st.DrawFn) -> Kept:
    """Hours as they are kept, many of them at the times at which clocks are put forward and back."""
    minutes = st.one_of(st.integers(0, MIDNIGHT), st.sampled_from([0, 60, 90, 120, 150, 180, 1410, MIDNIGHT]))
    days = []
    for _ in range(7):
        ends = sorted(draw(st.lists(minutes, max_size=6, unique=True)))
        days.append(list(zip(ends[::2], ends[1::2], strict=False)))
    if not any(days):
        days[draw(st.integers(0, 6))].append((0, 150))
    return kept(days) or NINE_TO_SIX


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, float]:
    """A zone, and a moment of some years; often within two days of a change of its clock."""
    zone = draw(st.sampled_from(ZONES))
    at = float(draw(st.integers(1_700_000_000, 1_900_000_000))) + draw(st.sampled_from([0.0, 0.25]))
    if draw(st.booleans()) and _changes(zone):
        at = draw(st.sampled_from(_changes(zone))) + draw(st.integers(-172_800, 172_800))
    return zone, at


@cache
def _changes(zone: str) -> list[float]:
    days = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(730)]
    offsets = [(one.timestamp(), one.astimezone(ZoneInfo(zone)).utcoffset()) for one in days]
    return [at for (at, before), (_, after) in pairwise(offsets) if before != after]


def shows_open(hours: Hours, at: float) -> bool:
    """What somebody says who looks at the clock."""
    local = datetime.fromtimestamp(at, hours.zone)
    minute = local.hour * 60 + local.minute
    assert hours.week is not None
    return any(begin <= minute < end for begin, end in hours.week[local.weekday()])


@given(weeks(), moments())
@example([[["02:00", "03:00"]] if day == 6 else [] for day in range(7)], (NEW_YORK, 1_772_900_000.0))
@example([[["00:00", "24:00"]]] * 6 + [[]], (BERLIN, 1_774_700_000.0))
def test_it_is_open_while_the_clock_shows_its_hours(week: Kept, moment: tuple[str, float]) -> None:
    zone, now = moment
    parts = [n / 40 for n in range(1, 40)]
    hours = hours_of(week, zone)
    opens, closes = hours.opens_at(now), hours.closes_at(now)
    assert (opens == 0.0) == shows_open(hours, now) == (closes > now)
    assert hours.next_open(now) == (opens or now)
    if opens:
        assert opens > now
        assert shows_open(hours, opens)
        assert not any(shows_open(hours, now + part * (opens - now)) for part in parts)
        assert not shows_open(hours, opens - 1e-3)
    else:
        assert not shows_open(hours, closes)
        assert all(shows_open(hours, now + part * (closes - now)) for part in parts)
        assert shows_open(hours, closes - 1e-3)


@given(weeks(), moments(), st.floats(0.001, 3_000_000))
def test_work_lasts_as_long_as_it_takes_to_be_open_for_so_long(
    week: Kept, moment: tuple[str, float], seconds: float
) -> None:
    zone, since = moment
    hours = hours_of(week, zone)
    if sum(end - begin for day in hours.week or () for begin, end in day) < 600:
        return  # so little in a week is taken in proportion beyond two years
    lasts = hours.lasts(since, seconds)
    assert lasts >= seconds - 1e-3
    assert hours.open_seconds(since, since + lasts) == pytest.approx(seconds, abs=1e-3)
    assert hours.closes_at(since + lasts - 1e-3) >= since + lasts - 1e-3


def test_any_time_is_always() -> None:
    assert hours_of(None, "UTC") is ANY_TIME
    assert (ANY_TIME.opens_at(5.0), ANY_TIME.next_open(5.0), ANY_TIME.lasts(5.0, 7.0)) == (0.0, 5.0, 7.0)
    assert ANY_TIME.closes_at(5.0) == float("inf")
    assert ANY_TIME.open_seconds(5.0, 9.0) == 4.0


@pytest.mark.parametrize(
    ("zone", "now", "opens"),
    [
        # On Friday after six: Monday at nine, which is an hour earlier in UTC once the clock was put forward.
        (BERLIN, "2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),
        (BERLIN, "2026-10-23T18:00:00+02:00", "2026-10-26T09:00:00+01:00"),
        (BERLIN, "2026-06-01T12:00:00+02:00", None),
    ],
)
def test_nine_is_nine_whatever_the_clock_does(zone: str, now: str, opens: str | None) -> None:
    found = hours_of(NINE_TO_SIX, zone).opens_at(datetime.fromisoformat(now).timestamp())
    assert found == (datetime.fromisoformat(opens).timestamp() if opens else 0.0)


def test_an_hour_that_the_clock_leaves_out_is_not_there_and_one_that_it_shows_twice_is_there_twice() -> None:
    night = hours_of([[["01:00", "02:30"]] if day == 6 else [] for day in range(7)], NEW_YORK)
    spring = datetime(2026, 3, 8, tzinfo=ZoneInfo(NEW_YORK)).timestamp()
    autumn = datetime(2026, 11, 1, tzinfo=ZoneInfo(NEW_YORK)).timestamp()
    assert night.open_seconds(spring, spring + 86_400) == 3_600
    assert night.open_seconds(autumn, autumn + 86_400) == 9_000


def test_a_time_past_midnight_counts_to_the_day_on_which_it_began() -> None:
    found = as_kept([[(1320, 120)], [], [(540, 0)], [(0, 0)], [], [], [(1380, 60), (600, 720)]])
    assert found == [
        [["00:00", "01:00"], ["22:00", "24:00"]],
        [["00:00", "02:00"]],
        [["09:00", "24:00"]],
        [["00:00", "24:00"]],
        [],
        [],
        [["10:00", "12:00"], ["23:00", "24:00"]],
    ]
    assert as_written(found) == [
        [(1320, 120)],
        [],
        [(540, 0)],
        [(0, 0)],
        [],
        [],
        [(600, 720), (1380, 60)],
    ]


@given(weeks())
def test_what_is_shown_for_a_person_to_change_is_read_as_what_it_was(week: Kept) -> None:
    assert as_kept(as_written(week)) == week
    assert read(week) == week
    assert kept(week_of(week)) == week


def test_times_that_touch_are_one_and_a_week_without_an_end_is_any_time() -> None:
    assert kept([[(720, 900), (540, 720)], *[[]] * 6]) == [[["09:00", "15:00"]], *[[]] * 6]
    assert read([[["00:00", "12:00"], ["12:00", "24:00"]]] * 7) is None
    assert read(None) is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([[]] * 7, "hours_closed"),
        ([[["09:00", "12:00"], ["11:00", "13:00"]]] + [[]] * 6, "hours_overlap"),
        *[
            (given, "hours_invalid")
            for given in (
                *("", 5, {}, [], [[]] * 6, [[]] * 8, [None] * 7),
                *([[["09:00"]]] * 7, [[["9:00", "18:00"]]] * 7, [[["18:00", "09:00"]]] * 7),
                *([[["24:00", "24:00"]]] * 7, [[["09:00", "24:01"]]] * 7, [[["09:00", "25:00"]]] * 7),
                *([[["09:00\n", "18:00"]]] * 7, [[[9, 18]]] * 7, [[["٠٩:٠٠", "18:00"]]] * 7),
                [[["01:00", "02:00"]] * 5] * 7,
            )
        ],
    ],
)
def test_what_cannot_be_read_is_refused(given: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(given)
    assert refused.value.code == code


def test_a_time_of_no_length_and_an_overlap_past_midnight_name_their_day() -> None:
    with pytest.raises(Refused) as refused:
        as_kept([[], [(540, 540)], *[[]] * 5])
    assert (refused.value.code, refused.value.params["day"]) == ("hours_invalid", 1)
    with pytest.raises(Refused) as refused:
        as_kept([*[[]] * 5, [(1320, 120)], [(60, 600)]])
    assert (refused.value.code, refused.value.params["day"]) == ("hours_overlap", 6)
