import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from qafila.kit import rng
from qafila.kit.clock import SystemClock, VirtualClock

START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert SystemClock().monotonic() <= SystemClock().monotonic()


def test_a_virtual_clock_stands_still_until_it_is_moved():
    clock = VirtualClock(START.astimezone(timezone(timedelta(hours=3))))
    assert clock.now() == START
    assert clock.now().utcoffset() == timedelta(0)
    clock.move(30 * 86400)
    assert clock.now() == START + timedelta(days=30)
    assert clock.monotonic() == 30 * 86400
    with pytest.raises(ValueError, match="back"):
        clock.set(START)


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        VirtualClock(datetime(2026, 11, 21))  # noqa: DTZ001


def test_sleepers_wake_in_order_each_at_its_own_time():
    async def story():
        clock = VirtualClock(START)
        seen = []

        async def sleeper(name, *naps):
            for nap in naps:
                await clock.sleep(nap)
                seen.append((name, clock.monotonic()))

        tasks = [asyncio.create_task(sleeper("a", 5, 5)), asyncio.create_task(sleeper("b", 3, 100))]
        await clock.wait_for_sleepers(2)
        assert clock.next_wake == START + timedelta(seconds=3)
        await clock.advance(10)
        assert seen == [("b", 3.0), ("a", 5.0), ("a", 10.0)]
        assert clock.sleepers == 1
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert clock.sleepers == 0

    asyncio.run(story())


def test_a_past_deadline_does_not_wait():
    async def story():
        clock = VirtualClock(START)
        await clock.sleep_until(START - timedelta(hours=1))
        await clock.sleep(-1)
        await SystemClock().sleep_until(START - timedelta(days=9999))
        await SystemClock().sleep(-1)

    asyncio.run(story())


def test_the_same_seed_gives_the_same_run():
    assert [rng.seeded(7).uniform(0, 1) for _ in range(3)] == [rng.seeded(7).uniform(0, 1) for _ in range(3)]
    assert 0 <= rng.system().random() < 1
