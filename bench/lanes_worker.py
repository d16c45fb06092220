"""A worker that writes down how far each send lay from its planned moment: ``python -m bench.lanes_worker LAGS_FILE``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import django
import uvloop

if __name__ == "__main__":
    django.setup()
    from qafila.worker.main import serve

    with Path(sys.argv[1]).open("w", buffering=1) as file:

        def observe(name: str, seconds: float) -> None:
            """One line a send."""
            file.write(json.dumps([round(time.time(), 3), name, round(seconds, 4)]) + "\n")

        uvloop.run(serve(dsn=os.environ["DATABASE_URL"], observe=observe, jobs=False))
