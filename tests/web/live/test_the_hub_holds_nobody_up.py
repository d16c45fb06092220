"""The hub alone: bounded, lazy, deaf to nonsense."""

from __future__ import annotations

import asyncio
import json

import pytest

from qafila.events import live
from qafila.web.live import hub as hubs
from qafila.web.live import topics
from qafila.web.live.hub import Hub, Stream


async def _take(stream: Stream, count: int) -> list[list[str]]:
    taken = []
    async for fresh in stream.events():
        taken.append(fresh)
        if len(taken) == count:
            break
    return taken


async def test_a_slow_page_gets_one_event_for_many_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "PAUSE_SECONDS", 0.0)
    stream = Stream(1, ["a", "b"])
    for _ in range(10_000):
        stream.tell("a")
        stream.tell("b")
    assert await _take(stream, 1) == [["a", "b"]]


async def test_a_quiet_stream_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "BEAT_SECONDS", 0.01)
    assert await _take(Stream(1, ["a"]), 2) == [[], []]


async def test_nothing_listens_before_the_first_page_and_nothing_is_kept_after_the_last() -> None:
    def refused() -> str:
        raise AssertionError("the database was asked before anybody listened")

    hub = Hub(refused)
    hub.hear(json.dumps([[1, "alerts"]]))
    hub = Hub(lambda: "host=/nonexistent connect_timeout=1")
    stream = Stream(1, ["alerts", "queue"])
    hub.join(stream)
    hub.hear(json.dumps([[1, "alerts"], [2, "queue"], [1, "senders"]]))
    assert await _take(stream, 1) == [["alerts"]]
    hub.leave(stream)
    assert not hub.streams
    assert not hub._streams
    hub.end_all()
    await asyncio.sleep(0)


@pytest.mark.parametrize("payload", ["", "{", "[1]", "null", '[["x"]]', "[[1, 2, 3]]", "[[null, null]]"])
def test_nonsense_is_passed_over(payload: str) -> None:
    Hub(lambda: "").hear(payload)


def test_many_topics_fit_into_few_notices() -> None:
    told = [(7, f"batch:{n:036d}") for n in range(1000)]
    texts = live.payloads(told)
    assert all(len(text.encode()) <= live.LONGEST_PAYLOAD for text in texts)
    assert [tuple(pair) for text in texts for pair in json.loads(text)] == told
    assert len(texts) < 10


@pytest.mark.django_db
def test_what_could_not_be_told_is_told_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    live.flush()  # of what tests before this one touched
    live.touch(1, "queue")

    def away(told: object) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patched:
        patched.setattr(live, "_notify", away)
        with pytest.raises(OperationalError):
            live.flush()
    assert live.flush() == 1
    assert live.flush() == 0


def test_topics_are_read_strictly() -> None:
    assert topics.read("alerts, batch:abc_1-2 ,alerts") == ["alerts", "batch:abc_1-2"]
    for text in ("", "alerts:", "batch:a/b", "ALERTS", "x" * 3000, "batch:" + "a" * 65):
        assert topics.read(text) is None, text
