"""Every kind of trial: what it stands on, and how many times it is run. ``chaos/__main__.py`` has the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chaos.stage import SANDBOX, SPEED, Stage

Results = Iterator[dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """A kind of trial.

    :ivar run: makes the runs on an open stage and gives each one's counts as it ends.
    :ivar messages: how many a run has, unless ``--messages`` says otherwise.
    :ivar world: gives the sandbox's configuration, None: the stage's own.
    """

    run: Callable[[Stage, argparse.Namespace], Results]
    messages: int = 10_000
    world: Callable[[argparse.Namespace], Mapping[str, Any] | None] = field(default=lambda _: None)
    speed: float = SPEED


def _seeds(options: argparse.Namespace) -> range:
    return range(options.seed, options.seed + options.runs)


def _shop(stage: Stage, **given: Any) -> Any:
    from chaos.house import Shop

    return Shop(stage, **given)


def kills(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 1: workers killed at random times."""
    from chaos.kill_workers import Crew, one_run

    shop, crew = _shop(stage), Crew(stage, options.workers)
    for seed in _seeds(options):
        yield one_run(stage, shop, crew, seed=seed, messages=options.messages)
    crew.end()


def points(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 2: dead exactly at each point."""
    from chaos.crash_points import POINTS, Heir, one_trial

    shop, heir = _shop(stage), Heir(stage)
    for seed in _seeds(options):
        for point in options.point or POINTS:
            yield one_trial(stage, shop, heir, point=point, seed=seed)
    heir.end()


def frozen(stage: Stage, options: argparse.Namespace) -> Results:
    """Stood still exactly at each point, was taken over, and went on."""
    from chaos.crash_points import POINTS, Heir, one_freeze

    shop, heir = _shop(stage), Heir(stage)
    for seed in _seeds(options):
        for point in options.point or POINTS:
            yield one_freeze(stage, shop, heir, point=point, seed=seed)
    heir.end()


def leases(stage: Stage, options: argparse.Namespace) -> Results:
    """A worker stopped past its lease and continued."""
    from chaos.outages import stopped_past_its_lease

    shop = _shop(stage)
    for seed in _seeds(options):
        yield stopped_past_its_lease(stage, shop, seed=seed, messages=options.messages)


def postgres(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 3: PostgreSQL crashed and restarted."""
    from chaos.outages import postgres_crashed

    shop = _shop(stage)
    for seed in _seeds(options):
        yield postgres_crashed(stage, shop, seed=seed, messages=options.messages)


def pauses(stage: Stage, options: argparse.Namespace) -> Results:
    """Promises 6 and 7: 200 pauses and resumes of one contract, with kills."""
    from chaos.kill_workers import Crew
    from chaos.pauses import RATE, one_run

    shop, crew = _shop(stage, throughput=RATE), Crew(stage, 2)
    for seed in _seeds(options):
        yield one_run(stage, shop, crew, seed=seed, messages=options.messages)
    crew.end()


def upgrade(stage: Stage, options: argparse.Namespace) -> Results:
    """A newer version with one more migration takes over in mid-contract."""
    from chaos.upgrade import RATE, Versions, one_run

    shop, versions = _shop(stage, throughput=RATE), Versions(stage.folder)
    for seed in _seeds(options):
        yield one_run(stage, shop, versions, seed=seed, messages=options.messages)


def web(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 17: the web process killed under webhook load."""
    from chaos.kill_web import one_run
    from chaos.kill_workers import Crew

    shop, crew = _shop(stage), Crew(stage, 2)
    for seed in _seeds(options):
        yield one_run(stage, shop, crew, seed=seed, messages=options.messages)
    crew.end()


def _one_by_one(options: argparse.Namespace) -> Mapping[str, Any]:
    """Each receipt in a webhook of its own, so that the web process is at work whenever it is killed."""
    del options
    return {**SANDBOX, "webhooks": {"batch": 1, "concurrency": 64, "retry_cap_seconds": 2.0}}


def sandbox(stage: Stage, options: argparse.Namespace) -> Results:
    """The provider killed in mid-run."""
    from chaos.kill_sandbox import one_run
    from chaos.kill_workers import Crew

    shop, crew = _shop(stage), Crew(stage, 2)
    for seed in _seeds(options):
        yield one_run(stage, shop, crew, seed=seed, messages=options.messages)
    crew.end()


def proxy(stage: Stage, options: argparse.Namespace) -> Results:
    """Answers lost, reset, slow, cut off or never given."""
    from chaos.broken_answers import one_run
    from chaos.fault_proxy import FaultProxy
    from chaos.kill_workers import Crew

    with FaultProxy(int(stage.sandbox_ready["port"]), seed=options.seed) as between:
        shop, crew = _shop(stage, provider_url=f"http://127.0.0.1:{between.port}"), Crew(stage, 2)
        for seed in _seeds(options):
            yield one_run(stage, shop, between, seed=seed, messages=options.messages)
        crew.end()


def limits(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 11: limits are never passed."""
    from chaos.kill_workers import Crew
    from chaos.limits import Fleet, one_run

    crew = Crew(stage, options.workers)
    fleet = Fleet(stage, options.senders)
    for seed in _seeds(options):
        yield one_run(stage, fleet, crew, seed=seed, messages=options.messages)
    crew.end()


def package(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 12: three of ten numbers of a package lost in mid-run."""
    from chaos.kill_workers import Crew
    from chaos.lost_numbers import PackageShop, one_run

    shop, crew = PackageShop(stage), Crew(stage, 2)
    for seed in _seeds(options):
        yield one_run(stage, shop, crew, seed=seed, messages=options.messages)
    crew.end()


def _limited_world(options: argparse.Namespace) -> Mapping[str, Any]:
    from chaos.limits import world

    return world(options.senders)


def optout(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 14: who opted out is left alone within a second."""
    from chaos.kill_workers import Crew
    from chaos.opt_outs import RATE, one_run

    shop, crew = _shop(stage, throughput=RATE), Crew(stage, 2)
    stage.send("POST", "/admin/faults", {"effect": "error_code", "code": 131016, "probability": 0.1})
    for seed in _seeds(options):
        yield one_run(stage, shop, seed=seed, trials=options.messages)
    crew.end()


def attacks(stage: Stage, options: argparse.Namespace) -> Results:
    """Promises 20, 21, 22, 24, 25 in full numbers."""
    from chaos.attacks import one_run

    shop, worker = _shop(stage), stage.worker(0)
    for seed in _seeds(options):
        yield from one_run(stage, shop, seed=seed, count=options.messages)
    stage.end(worker)


def imports(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 50: an import killed at random times."""
    from chaos.kill_imports import one_run

    shop = _shop(stage)
    for seed in _seeds(options):
        yield one_run(stage, shop, seed=seed, messages=options.messages)


def durable(stage: Stage, options: argparse.Namespace) -> Results:
    """Promise 27: database and web process killed on receipt of a 201."""
    from chaos.durable import one_run

    shop = _shop(stage)
    for seed in _seeds(options):
        yield one_run(stage, shop, seed=seed, messages=options.messages)


def gateway(stage: Stage, options: argparse.Namespace) -> Results:
    """The Baileys gateway killed under load (needs Node.js and what ``make test-gateway`` fetches)."""
    from chaos.gateway_process import PEOPLE_OF_A_MOCK, GatewayHouse
    from chaos.kill_gateway import SESSIONS, PhoneShop, one_run
    from chaos.kill_workers import Crew

    seeds, runs_a_house = _seeds(options), max(1, PEOPLE_OF_A_MOCK // options.messages)
    for done in range(0, len(seeds), runs_a_house):
        with GatewayHouse(stage.folder / f"house{done}", sessions=SESSIONS) as house:
            shop, crew = PhoneShop(stage, house), Crew(stage, 2)
            for seed in seeds[done : done + runs_a_house]:
                yield one_run(shop, house, seed=seed, messages=options.messages)
            crew.end()


def webhooks_out(stage: Stage, options: argparse.Namespace) -> Results:
    """Promises 29 and 31: a failing receiver of webhooks, workers killed, the secret replaced."""
    from chaos.webhooks_out import one_run

    for seed in _seeds(options):
        yield one_run(stage, seed=seed, messages=options.messages)


TRIALS: dict[str, Trial] = {
    "kills": Trial(kills),
    "points": Trial(points),
    "frozen": Trial(frozen),
    "leases": Trial(leases, messages=6_000),
    "postgres": Trial(postgres, messages=6_000),
    "pauses": Trial(pauses, messages=5_000),
    "upgrade": Trial(upgrade, messages=6_000),
    "web": Trial(web, messages=4_000, world=_one_by_one),
    "sandbox": Trial(sandbox, messages=6_000),
    "proxy": Trial(proxy, messages=4_000),
    "limits": Trial(limits, messages=100_000, world=_limited_world, speed=5.0),
    "optout": Trial(optout),
    "package": Trial(package, messages=2_000),
    "attacks": Trial(attacks),
    "imports": Trial(imports),
    "durable": Trial(durable, messages=500),
    "webhooks_out": Trial(webhooks_out, messages=200),
    "gateway": Trial(gateway, messages=300),
}
USUAL = ("kills", "points")
"""What ``all`` runs: the two that say whether a message can be lost or doubled by a crash."""
