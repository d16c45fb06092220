"""The worker process: lanes, what providers said, events, housekeeping and background jobs, in one loop.

SIGTERM or SIGINT: nothing new is claimed, what is in the air lands and is written down, then the process ends.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from qafila.kit.postgres.sessions import limited, limited_parameters

log = logging.getLogger(__name__)

CALLS_IN_THE_AIR = 256
POOL_SIZE = 12
IDLE_SECONDS = 8
"""How long a transaction of a worker may stand still. Lanes are renewed each quarter of their lease and given up at four fifths:
a worker that is frozen with a lane's row in its hands must lose it before that."""
KEEP_SECONDS = 300
"""How long a thread of a worker keeps its connection."""
LOCK_SECONDS = 3
"""How long the engine's own statements wait for a row that somebody else holds; then the work is done a little later."""
GRACE_SECONDS = 25.0
"""How long calls in the air may take to land after SIGTERM; provider clients give up before."""


async def serve(*, dsn: str, observe: Callable[[str, float], None] | None = None, jobs: bool = True) -> None:
    """Works until SIGTERM or SIGINT.

    :param dsn: the database.
    :param observe: see ``dispatch.lane_runner.Tools``.
    :param jobs: also run the Procrastinate worker (imports and periodic work).
    """
    from django.conf import settings

    from qafila.dispatch.asking import ROUND_SECONDS, Asker
    from qafila.dispatch.calling import Caller
    from qafila.dispatch.lane_runner import Slots, Tools
    from qafila.dispatch.lanes import Lanes
    from qafila.dispatch.recorder import Recorder
    from qafila.events.webhooks.delivering import Deliverer
    from qafila.kit.clock import SystemClock
    from qafila.kit.http import Door
    from qafila.receiving.processor import Receiver
    from qafila.worker import rounds

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopping.set)
    clock, rng = SystemClock(), random.Random()
    threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="action")
    pool = AsyncConnectionPool(
        dsn, min_size=2, max_size=POOL_SIZE, open=False, timeout=10.0, kwargs={"autocommit": True}, check=None
    )
    await pool.open()
    recorder = Recorder(pool)
    act = functools.partial(run_action, threads)
    installation = await act(rounds.installation_key)
    tools = Tools(
        pool=pool,
        recorder=recorder,
        caller=Caller(recorder=recorder, clock=clock, rng=rng, installation=installation),
        clock=clock,
        rng=rng,
        slots=Slots(CALLS_IN_THE_AIR),
        stopping=stopping,
        act=act,
        **({"observe": observe} if observe else {}),
    )
    door = Door(allowed_networks=settings.ENV.outgoing_allowed_networks)
    asker = Asker(pool=pool, recorder=recorder, act=act, clock=clock, rng=rng, installation=installation)
    recording = asyncio.create_task(recorder.run(), name="record")
    work = [
        asyncio.create_task(Lanes(dsn=dsn, tools=tools).run(), name="lanes"),
        asyncio.create_task(
            Receiver(pool, clock, keep_days=settings.ENV.keep_webhooks_days).run(stopping), name="receive"
        ),
        asyncio.create_task(
            Deliverer(pool, clock=clock, rng=rng, door=door, act=act).run(stopping), name="webhooks"
        ),
        *(
            asyncio.create_task(rounds.every(seconds, stopping, functools.partial(act, do)), name=name)
            for name, seconds, do in rounds.all_of_them()
        ),
    ]
    work.append(asyncio.create_task(rounds.every(ROUND_SECONDS, stopping, asker.look), name="ask"))
    if jobs:
        work.append(asyncio.create_task(rounds.run_jobs(stopping), name="jobs"))
    gc.collect()
    gc.freeze()  # what was imported lives as long as the process: no need to look through it again and again
    log.info("worker is ready", extra={"pid": os.getpid()})
    try:
        await _until_stopped(work, recording, stopping)
    finally:
        recorder.close()
        await asyncio.wait([recording], timeout=5.0)
        await door.close()
        await pool.close(timeout=2.0)
        threads.shutdown(wait=False, cancel_futures=True)
    log.info("worker has stopped")


async def _until_stopped(
    work: list[asyncio.Task[None]], recording: asyncio.Task[None], stopping: asyncio.Event
) -> None:
    """Waits for the signal, then for the parts to end; a part that ends by itself before is a fault that ends the
    worker, so that its supervisor starts a fresh one."""
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({*work, recording, stop}, return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    _, late = await asyncio.wait(work, timeout=GRACE_SECONDS)
    for task in late:
        log.warning("a part of the worker did not end in time", extra={"part": task.get_name()})
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for task in (*work, recording):
        if task.done() and not task.cancelled():
            task.result()


async def run_action(
    threads: ThreadPoolExecutor, action: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Runs a synchronous action of a room in a thread; its Django connection is closed when the database went away.

    :raises django.db.OperationalError: also where the server ended a transaction that stood still (this process was frozen).
    """
    from django.db import InternalError, OperationalError, close_old_connections

    def call() -> Any:
        try:
            return action(*args, **kwargs)
        except InternalError as exc:
            if isinstance(exc.__cause__, psycopg.errors.IdleInTransactionSessionTimeout):
                raise OperationalError(*exc.args) from exc
            raise
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(threads, call)


Act = Callable[..., Awaitable[Any]]


def main() -> None:
    """The process ``qafila worker``: reads its settings from the environment and serves."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qafila.project.settings")
    django.setup()
    import uvloop
    from django.conf import settings
    from django.db import connections

    url = settings.ENV.database_url
    dsn = limited(url, idle_seconds=IDLE_SECONDS, lock_seconds=LOCK_SECONDS)
    ours = limited_parameters(conninfo_to_dict(url), idle_seconds=IDLE_SECONDS)
    default = connections.settings["default"]
    default["OPTIONS"]["options"] = ours["options"]
    # The threads of a worker ask several times a second: they keep their connections, and look whether they are still good.
    default["CONN_MAX_AGE"], default["CONN_HEALTH_CHECKS"] = KEEP_SECONDS, True
    uvloop.run(serve(dsn=dsn))


if __name__ == "__main__":
    main()
