"""Two hundred open pages: how old is what they show? Each hears of every change of its business, told once a second.

The age is from the change (``touch``) to the moment at which the event has reached the page's socket; the worker's round
(up to a second) is in it, the page's own request for the fresh part is not. Web process, PostgreSQL and pages share the machine.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from pathlib import Path
from typing import Any

import psutil

from bench.parts import database, end, median, now, spawn, steal_seconds, wait_for

PAGES, BUSINESSES = 200, 4
SECONDS = 30.0
TOUCHES_PER_SECOND = 100
AIM_SECONDS = 2.0


def run(folder: Path) -> dict[str, Any]:
    """The ages, and what the web process used; ``BENCH_SECONDS`` changes the length (30)."""
    seconds = float(os.environ.get("BENCH_SECONDS", SECONDS))
    stolen = steal_seconds()
    with database(folder):
        visits = _visits()
        port = _free_port()
        serve = f"import django; django.setup(); from qafila.cli.serving import serve; serve('127.0.0.1', [{port}])"
        web = spawn("-c", serve, log=folder / "bench-web.log")
        try:
            wait_for("the web process", lambda: _answers(port))
            ages, used = asyncio.run(_watch(port, visits, seconds, psutil.Process(web.pid)))
        finally:
            began = time.monotonic()
            end(web)
            stopped = time.monotonic() - began
    ages.sort()
    return {
        "aim_p95_seconds": AIM_SECONDS,
        "pages": PAGES,
        "businesses": BUSINESSES,
        "changes_per_second": TOUCHES_PER_SECOND,
        "events": len(ages),
        "age_p50_seconds": round(median(ages), 3),
        "age_p95_seconds": round(ages[int(len(ages) * 0.95)], 3),
        "age_max_seconds": round(ages[-1], 3),
        **used,
        "seconds_to_stop": round(stopped, 2),
        "steal_seconds": round(steal_seconds() - stolen, 1),
    }


def _visits() -> list[tuple[int, str]]:
    """(business, cookie) of each page: a person each, signed in."""
    import django

    django.setup()
    from django.test import Client

    from qafila.businesses.actions import create_business
    from qafila.businesses.models import Membership, User

    visits = []
    for place in range(BUSINESSES):
        business = create_business(name=f"Bench {place}", now=now())
        for number in range(PAGES // BUSINESSES):
            person = User.objects.create_user(f"b{place}p{number}@example.com")
            Membership.objects.create(business=business, user=person, role="agent", created_at=now())
            browser = Client()
            browser.force_login(person)
            cookie = "; ".join(f"{name}={one.value}" for name, one in browser.cookies.items())
            visits.append((business.pk, cookie))
    return visits


async def _watch(
    port: int, visits: list[tuple[int, str]], seconds: float, web: psutil.Process
) -> tuple[list[float], dict[str, Any]]:
    ages: list[float] = []
    touched: dict[int, float] = {}
    """Business to the moment of the oldest change that was not told yet, as of the round that tells it."""
    ready = asyncio.Semaphore(0)

    async def page(business: int, cookie: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /live?topics=queue HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        told = 0
        async for line in reader:
            if line.startswith(b"event: queue"):
                told += 1
                if told == 1:
                    ready.release()  # the hub says once that everything may have changed
                elif business in touched:
                    ages.append(time.monotonic() - touched[business])

    tasks = [asyncio.create_task(page(*visit)) for visit in visits]
    for _ in tasks:
        await ready.acquire()
    before, began = sum(web.cpu_times()[:2]), time.monotonic()
    await asyncio.to_thread(_tell, touched, sorted({business for business, _ in visits}), seconds)
    await asyncio.sleep(1.0)
    used = {
        "web_cpu_percent": round(100 * (sum(web.cpu_times()[:2]) - before) / (time.monotonic() - began), 1),
        "web_memory_mib": round(web.memory_info().rss / 2**20),
    }
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return ages, used


def _tell(touched: dict[int, float], businesses: list[int], seconds: float) -> None:
    """What the worker does: touches all the time, a round each second."""
    from qafila.events import live

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        oldest = time.monotonic()
        round_ends = oldest + 1.0
        while time.monotonic() < round_ends:
            for business in businesses:
                live.touch(business, "queue")
            time.sleep(1 / TOUCHES_PER_SECOND)
        touched.update(dict.fromkeys(businesses, oldest))
        live.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
