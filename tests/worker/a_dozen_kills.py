"""The small sister of ``make chaos``, for the default run of the tests: one stage, a dozen deaths and some.

A process of its own, because the stage brings its own database: ``python -m tests.worker.a_dozen_kills``. Prints a line of JSON
for each trial.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from chaos.crash_points import MOST_PASSINGS, Heir, one_trial
from chaos.house import Shop
from chaos.kill_workers import Crew, one_run
from chaos.stage import open_stage
from qafila.kit.failpoints import NAMES

SENDING = NAMES[: NAMES.index("before_sleep") + 1]
"""The points on a message's way out; those of receipts and files have tests of their own."""
AT_A_POINT = 60
AT_RANDOM = 600
A_SECOND = 300
"""So fast the number sends while workers are killed at random: the contract must not be over before they are."""
LATEST_PASSING = 30
"""Of what is passed with each message; what is passed with each statement may be passed once only."""


def seed_of(point: str) -> int:
    """The first seed with which the process dies within a contract of this size."""
    most = MOST_PASSINGS.get(point, 1)
    latest = LATEST_PASSING if most > LATEST_PASSING else 1
    return next(seed for seed in count(1) if random.Random(f"{point} {seed}").randint(1, most) <= latest)


def seeds_of_two_kills() -> Iterator[int]:
    """Seeds with which a run kills twice."""
    return (seed for seed in count(1) if random.Random(seed).randint(2, 5) == 2)


def trials(folder: Path) -> Iterator[dict[str, Any]]:
    """A death at each point, then random ones."""
    with open_stage(folder) as stage:
        from qafila.senders.models import Sender

        shop, heir = Shop(stage), Heir(stage)
        for point in SENDING:
            yield one_trial(stage, shop, heir, point=point, seed=seed_of(point), messages=AT_A_POINT)
        heir.end()
        Sender.objects.filter(pk=shop.sender.pk).update(throughput=A_SECOND)
        crew = Crew(stage, 2)
        for seed in islice(seeds_of_two_kills(), 3):
            yield one_run(stage, shop, crew, seed=seed, messages=AT_RANDOM)
        crew.end()


def main() -> None:
    """Everything, line by line."""
    with tempfile.TemporaryDirectory(prefix="qafila-kills-") as folder:
        Path(folder).chmod(0o755)  # as root PostgreSQL runs as another account, which has to pass through
        for trial in trials(Path(folder)):
            sys.stdout.write(json.dumps(trial) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
