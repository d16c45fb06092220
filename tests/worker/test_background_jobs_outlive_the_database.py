"""What goes wrong between Procrastinate and the database does not end the worker, which also sends."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from qafila.worker import rounds

pytestmark = pytest.mark.django_db(transaction=True)


async def test_jobs_begin_anew_when_their_connections_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from procrastinate import App, exceptions

    stopping = asyncio.Event()
    begun: list[str] = []
    wrapped = psycopg.errors.IdleInTransactionSessionTimeout("terminating connection")

    async def run(self: App, **options: object) -> None:
        begun.append("again" if begun else "first")
        if len(begun) == 1:
            raise exceptions.ConnectorException from wrapped
        stopping.set()
        await asyncio.sleep(3600)

    monkeypatch.setattr(App, "run_worker_async", run)
    monkeypatch.setattr(rounds, "JOB_POLL_SECONDS", 0.01)
    await asyncio.wait_for(rounds.run_jobs(stopping), 60)
    assert begun == ["first", "again"]
