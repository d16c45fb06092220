"""`qafila demo`."""

from __future__ import annotations

import contextlib
import enum
import json
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from qafila.cli import database, given, household, logs, ports, screen
from qafila.cli.demonstration import books, people, watching
from qafila.cli.demonstration.books import Books
from qafila.cli.demonstration.calls import Api
from qafila.cli.demonstration.package_act import PackageAct
from qafila.cli.household import Household, Plan
from qafila.cli.sandbox_process import PORT as SANDBOX_PORT
from qafila.cli.sandbox_process import SandboxProcess
from qafila.cli.screen import EXIT_DISAGREE, Refusal
from qafila.project.env import Env

MARK = ".qafila-demo"
SPEED = 20.0
"""The sandbox's people answer twenty times as fast as in life, so that the last receipt is not waited for long."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo has to show."""

    contract_id: str
    books: Books
    seconds: float
    act: PackageAct | None = None


class Act(enum.StrEnum):
    """What the demo shows."""

    CONTRACT = "contract"
    PACKAGE = "package"


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Do not stay; the last line is the summary as JSON.")
    ] = False,
    recipients: Annotated[int, typer.Option("--recipients", min=1, max=200_000, metavar="N")] = 1000,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="Default: a folder of its own, fresh each time.", show_default=False
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Go on with what the last demo left in the folder.")
    ] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=16, metavar="N")] = 1,
    act: Annotated[
        Act, typer.Option("--act", help="package: three numbers share it, and one is lost on the way.")
    ] = Act.CONTRACT,
    port: Annotated[int | None, typer.Option("--port", metavar="PORT", show_default=False)] = None,
    speed: Annotated[float, typer.Option("--speed", min=1, hidden=True)] = SPEED,
) -> None:
    """Send a contract to a WhatsApp sandbox on this machine, to the last receipt, and compare two ledgers.

    Everything is real but WhatsApp: PostgreSQL, web, worker, the public API. Nothing leaves this machine.

    \b
    qafila demo
    qafila demo --once --recipients 200
    qafila demo --act package
    """
    env = _settings(data, keep)
    key = secrets.token_urlsafe(32)
    env = _on_this_machine_only(env, key)
    given.fit_to_serve(env)
    with household.interruptible(), household.only_one(env, "demo", port or env.port[0]):
        logs.begin(env, "demo", console_level="ERROR")
        folder = env.data / "run"
        sandbox_port = ports.choose(
            "127.0.0.1", SANDBOX_PORT, chosen=False, run_folder=folder, what="sandbox"
        )
        plan = Plan(
            env,
            [ports.choose(env.bind, port or env.port[0], chosen=port is not None, run_folder=folder)],
            workers,
            SandboxProcess(env.data / "sandbox", sandbox_port, speed=speed),
            "ERROR",
            role="demo",
            port_may_move=port is None,
            tell=lambda line: screen.say(f"  {line}"),
        )
        screen.say("Setting up (all of it on this machine):", "bold")
        try:
            with Household(plan) as house:
                house.open()
                plan = house.plan
                shown = _run(plan, house, Api(plan.url, key, house.tend), recipients, act)
                _summary(shown)
                if not once:
                    # From here on Ctrl-C is the ordinary end, also while this is still being written.
                    with contextlib.suppress(KeyboardInterrupt):
                        _stay(plan, house, key, shown, recipients)
                    screen.say("Stopping.")
        except KeyboardInterrupt:
            raise SystemExit(130) from None
    _conclude(shown, once=once)


def _conclude(shown: Shown, *, once: bool) -> None:
    """The summary as the last line, and the exit code: 3 where the ledgers disagree."""
    if once:
        figures: dict[str, Any] = asdict(shown.books)
        del figures["why"]
        figures["seconds"] = round(shown.seconds, 2)
        if shown.act is not None:
            figures["per_number"] = dict(shown.act.shares_seen)
        screen.data(json.dumps(figures))
    if not shown.books.agree:
        raise SystemExit(EXIT_DISAGREE)


def _on_this_machine_only(env: Env, key: str) -> Env:
    """Whatever a ``.env`` near by says: the demo has a database, a key and an address of its own, and touches no other.

    An empty DATABASE_URL would not do, because an empty variable counts as not set and ``.env`` would be heeded; the
    household sets it to the embedded server before anything connects.
    """
    given.use(API_SECRET_KEY=key, QAFILA_BIND="127.0.0.1", ALLOWED_HOSTS="127.0.0.1,localhost", DEBUG="false")
    return given.settings(env.data).model_copy(update={"database_url": ""})


def _settings(data: Path | None, keep: bool) -> Env:
    """The demo's own folder, emptied unless it is to be kept. A folder that is not a demo's is never emptied.

    :raises Refusal: ``not_a_demo_folder``.
    """
    env = given.settings()
    own = env.data.parent / (".qafila/demo" if env.data.name == "data" else "qafila-demo")
    folder = (data or own).expanduser().resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Refusal(
            "not_a_demo_folder", f"{folder} holds something else.", "Name an empty folder with --data."
        )
    if not keep and household.running(given.settings(folder), "demo", "up") is None:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()
    return given.settings(folder)


def _run(plan: Plan, house: Household, api: Api, count: int, act: Act) -> Shown:
    """One contract, from its posting to the last receipt."""
    sandbox = Api(plan.sandbox.url if plan.sandbox else "", meanwhile=house.tend)
    rows = people.recipients(count)
    package = PackageAct(api, sandbox) if act is Act.PACKAGE else None
    target = {"accountId": house.prepared["sandbox_sender"]}
    if package is not None:
        package.set_up(house.prepared)
        target = {"packageId": package.package_id}
    before = books.accepted_by(sandbox)  # with --keep: what the demos before had sent
    posted = api.call("POST", "/api/contracts", {**target, "name": "Demo", "recipients": rows})
    contract_id = str(posted["id"])
    screen.say()
    screen.say(
        f"Contract {contract_id}: {posted['totalCount']:,} recipients posted, {posted['accepted']:,} accepted, "
        f"{len(posted['rejected']):,} rejected with their reasons.",
        "bold",
    )
    begin = time.monotonic()
    api.call("POST", f"/api/contracts/{contract_id}/start?confirm=true")

    def look() -> dict[str, Any]:
        answer: dict[str, Any] = api.call("GET", f"/api/contracts/{contract_id}")
        return answer

    line = watching.Line(int(posted["totalCount"]))
    with line.shown():
        watching.until_decided(look, line, house.tend, package.look if package else lambda contract: None)
    seconds = time.monotonic() - begin
    screen.say("Sent. Waiting for the last receipts …")
    watching.until_settled(lambda: bool(sandbox.call("GET", "/admin/idle")["idle"]), look, house.tend)
    accepted = books.accepted_by(sandbox) - before
    if package is not None:
        package.count()
    found = books.compare(books.our_messages(api, contract_id), accepted, lambda one: books.has_row(api, one))
    return Shown(contract_id, found, seconds, package)


def _summary(shown: Shown) -> None:
    found = shown.books
    rows = screen.table("", "messages", "", right=["messages"])
    rows.add_row("total", f"{found.total:,}", "")
    rows.add_row("sent", f"{found.sent:,}", f"{found.sent / max(shown.seconds, 0.01):,.0f} a second")
    rows.add_row("  delivered", f"{found.delivered:,}", "")
    rows.add_row("  read", f"{found.read:,}", "")
    for state in ("failed", "skipped"):
        rows.add_row(state, f"{getattr(found, state):,}", "")
        for (of, reason), number in found.why.most_common():
            if of == state:
                rows.add_row("", f"{number:,}", reason)
    rows.add_row("uncertain", f"{found.uncertain:,}", "")
    rows.add_row(
        "lost",
        f"{found.lost:,}",
        "by the sandbox's own ledger",
        style="bold green" if not found.lost else "red",
    )
    rows.add_row(
        "duplicated",
        f"{found.duplicated:,}",
        "by the sandbox's own ledger",
        style="bold green" if not found.duplicated else "red",
    )
    if found.unknown:
        rows.add_row("unknown", f"{found.unknown:,}", "in the sandbox's ledger and not in ours", style="red")
    screen.say()
    screen.out.print(rows)
    if shown.act is not None:
        shown.act.summary()
    if not found.agree:
        screen.say("The two ledgers disagree. That is a fault of ours: please report it.", "bold red")


def _stay(plan: Plan, house: Household, key: str, shown: Shown, count: int) -> None:
    screen.say()
    screen.say(
        f"On a phone-linked number the same contract would take {_on_a_phone(count)} (the human pace)."
    )
    screen.say()
    screen.say(f"Pages            {_sign_in_link(plan)}")
    screen.say("                 (signs you in once, within 15 minutes)", "dim")
    screen.say(f"API docs         {plan.url}/api/docs")
    screen.say(f"Sandbox's page   {plan.sandbox.url if plan.sandbox else ''}/")
    screen.say("Try it:")
    screen.say(
        f"  curl -H 'Authorization: Bearer {key}' '{plan.url}/api/contracts/{shown.contract_id}/stats?limit=5'"
    )
    screen.say()
    screen.say("Ctrl-C stops.", "bold green")
    house.run_until_signal(household.GRACE_SECONDS)


def _sign_in_link(plan: Plan) -> str:
    """Into the pages, as an owner who has no password."""
    database.start_django()
    from qafila.cli.first_steps import demo_owner, entrance_link

    now = datetime.now(UTC)
    return entrance_link(plan.url, user=demo_owner(now=now), now=now)


def _on_a_phone(count: int) -> str:
    """The forecast for a number in use since three months."""
    database.start_django()
    from qafila.dispatch.forecast import human_seconds

    now = datetime.now(UTC)
    lengths = [len(row["message"]) for row in people.recipients(min(count, 1000))]
    seconds = human_seconds(count=count, lengths=lengths, now=now, in_use_since=now - timedelta(days=90))
    days, hours = divmod(seconds / 3600, 24)
    return f"{days:.0f} days and {hours:.0f} hours" if days else f"{hours:.1f} hours"
