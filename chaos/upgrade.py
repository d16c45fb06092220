"""An upgrade in mid-contract: a newer version with one more migration takes over while the old one sends.

The newer version is a copy of this one with a column more on the hottest table. Its migration runs while the old workers
send; then the old workers are replaced one by one, the last of them by ``kill -9``. Each run upgrades what the run before
left, one level further.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from chaos.house import Books, Shop
from chaos.kill_workers import settle
from chaos.stage import ROOT, Stage, wait_for

WORKERS = 2
RATE = 200
"""Messages a second: slow enough that the contract outlasts the upgrade."""

_MIGRATION = '''"""One more column, as any later version may bring."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "{before}")]
    operations = [
        migrations.AddField("message", "probe_{number}", models.IntegerField(null=True)),
    ]
'''


class Versions:
    """The program as it was installed last, and the next one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        self.root = ROOT

    def next(self) -> tuple[Path, str]:
        """Makes the newer version; returns where it is and the name of its new migration."""
        self._made += 1
        newer = self._folder / f"version{self._made}"
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(self.root / "qafila", newer / "qafila", ignore=leave)
        migrations = newer / "qafila" / "ledger" / "migrations"
        before = max(path.stem for path in migrations.glob("[0-9]*.py"))
        name = f"{900 + self._made:04d}_probe"
        (migrations / f"{name}.py").write_text(_MIGRATION.format(before=before, number=self._made))
        levels = newer / "qafila" / "project" / "schema" / "levels.py"
        with levels.open("a") as file:
            file.write(
                f'\nLEVELS = (*LEVELS, {{**LEVELS[-1], "ledger": "{name}"}})\nLATEST = len(LEVELS) - 1\n'
            )
        self.root = newer
        return newer, name


def one_run(
    stage: Stage, shop: Shop, versions: Versions, *, seed: int, messages: int = 6000
) -> dict[str, Any]:
    """One contract, begun by the old version and ended by the newer one; returns the counts for the results file."""
    rng = random.Random(seed)
    older = versions.root
    workers = [_worker(stage, n, older) for n in range(WORKERS)]
    batch_id = shop.contract(messages)
    _progress(shop, batch_id, rng.uniform(0.1, 0.4) * messages)
    newer, name = versions.next()
    began = time.monotonic()
    migration = stage.spawn("-m", "qafila.cli", "migrate", name="migrate", cwd=newer, PYTHONPATH=str(newer))
    if code := migration.wait(timeout=120):
        raise RuntimeError(f"the newer version's migration ended with {code}")
    stage.children.remove(migration)
    seconds = time.monotonic() - began
    in_mid_contract = not shop.at_rest(batch_id)
    former = _registered()
    for place, sign in ((0, signal.SIGTERM), (1, signal.SIGKILL)):
        stage.end(workers[place], sign=sign)
        workers[place] = _worker(stage, place, newer)
        time.sleep(rng.uniform(0.0, 0.3))
    wait_for("the end of the contract", lambda: shop.at_rest(batch_id))
    at_once = shop.counts(batch_id).uncertain
    settle(shop, batch_id)
    by_former, by_newer = _attempts(batch_id, former)
    for worker in workers:
        stage.end(worker)
    books: Books = shop.compare(batch_id, shop.sandbox_attempts())
    books.uncertain_at_once = at_once
    return {
        "seed": seed,
        "migration": name,
        "migrate_seconds": round(seconds, 2),
        "in_mid_contract": in_mid_contract,
        "attempts_by_older": by_former,
        "attempts_by_newer": by_newer,
        **books.as_dict(),
        "good": books.good and _applied(name),
    }


def _worker(stage: Stage, number: int, root: Path) -> Any:
    return stage.spawn("-m", "qafila.worker.main", name=f"worker{number}", cwd=root, PYTHONPATH=str(root))


def _progress(shop: Shop, batch_id: int, done: float) -> None:
    wait_for(
        "progress", lambda: shop.counts(batch_id).total - shop.counts(batch_id).queued >= done, every=0.01
    )


def _registered() -> set[int]:
    from qafila.dispatch.models import Worker

    return set(Worker.objects.values_list("pk", flat=True))


def _attempts(batch_id: int, former: set[int]) -> tuple[int, int]:
    """How many attempts of the contract were made by the old workers, and by the newer ones."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE a.worker_id = ANY(%s)), count(*) FROM ledger_attempt a"
            " JOIN ledger_message m ON m.id = a.message_id WHERE m.batch_id = %s",
            [sorted(former), batch_id],
        )
        of_former, in_all = cursor.fetchone() or (0, 0)
    return of_former, in_all - of_former


def _applied(name: str) -> bool:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return ("ledger", name) in MigrationRecorder(connection).applied_migrations()
