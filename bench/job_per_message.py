"""The reference of the contract bench: one Procrastinate job a message, each making the same call and writing one row.

``python -m bench.job_per_message URL COUNT IN_THE_AIR`` prints the seconds from the worker's start to the last job.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool

from qafila.kit.http import HttpClient

DSN = os.environ["DATABASE_URL"]
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=DSN))
parts: dict[str, object] = {}


@app.task(queue="bench")
async def send(base: str, n: int) -> None:
    """One message: call, then one UPDATE."""
    client, pool = parts["client"], parts["pool"]
    body = {
        "messaging_product": "whatsapp",
        "to": f"2010{n:08d}",
        "type": "text",
        "text": {"body": f"Your order {n} is ready."},
        "biz_opaque_callback_data": f"job.{n}",
    }
    answer = await client.post(  # type: ignore[attr-defined]
        f"{base}/v23.0/1/messages",
        headers={"authorization": "Bearer bench", "content-type": "application/json"},
        body=json.dumps(body).encode(),
        timeout=30.0,
    )
    provider_id = json.loads(answer.body)["messages"][0]["id"]
    async with pool.connection() as connection:  # type: ignore[attr-defined]
        await connection.execute(
            "UPDATE bench_job_message SET provider_id = %s WHERE id = %s", (provider_id, n)
        )


async def main(base: str, count: int, in_the_air: int) -> float:
    """Defers the jobs, then measures a worker that does them all."""
    with psycopg.connect(DSN, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_job_message")
        connection.execute("CREATE TABLE bench_job_message (id bigint PRIMARY KEY, provider_id text)")
        connection.execute(
            "INSERT INTO bench_job_message SELECT g, NULL FROM generate_series(1, %s) g", (count,)
        )
    async with app.open_async():
        await send.batch_defer_async(*({"base": base, "n": n} for n in range(1, count + 1)))
        async with AsyncConnectionPool(
            DSN, min_size=2, max_size=10, open=False, kwargs={"autocommit": True}
        ) as pool:
            parts["pool"], parts["client"] = pool, HttpClient()
            begin = time.perf_counter()
            await app.run_worker_async(
                queues=["bench"], concurrency=in_the_air, wait=False, install_signal_handlers=False
            )
            seconds = time.perf_counter() - begin
            row = await (await pool.getconn()).execute(
                "SELECT count(*) FROM bench_job_message WHERE provider_id IS NULL"
            )
            missing = await row.fetchone()
            if missing is None or missing[0]:
                raise SystemExit(f"{missing} jobs did not end")
    return seconds


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))}\n")
