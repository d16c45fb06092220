"""`qafila send`."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, household, screen
from qafila.cli.commands.contracts import contract_named, say_if_held
from qafila.cli.demonstration.watching import EVERY_SECONDS, Line
from qafila.cli.given import DataOption
from qafila.cli.household import COMMAND
from qafila.cli.naming import BusinessOption, account_named, direction_named, package_named, the_business
from qafila.cli.screen import EXIT_USAGE, Refusal
from qafila.kit.processes.parent_death import end_with_parent

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.campaigns.models import Campaign
    from qafila.senders.direction_models import Direction
    from qafila.senders.models import Package, Sender

BLOCK = 1 << 20

AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="NAME", help="Name, number or id of the account that sends.", show_default=False
    ),
]
PackageOption = Annotated[
    str | None,
    typer.Option(
        "--package",
        metavar="NAME",
        help="Instead: name or id of a package; its numbers share the work.",
        show_default=False,
    ),
]
DirectionOption = Annotated[
    str | None,
    typer.Option(
        "--direction",
        metavar="NAME",
        help="Instead: name or id of a direction; it chooses the number, and says why.",
        show_default=False,
    ),
]


def send(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", help="A header row, then one row a person: phone, message, name."),
    ],
    *,
    account: AccountOption = None,
    package: PackageOption = None,
    direction: DirectionOption = None,
    data: DataOption = None,
    of: BusinessOption = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Of the contract. Default: the file's name.", show_default=False),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="It is meant, although the same one was posted within a day.")
    ] = False,
) -> None:
    """Make a contract of a file, start it, and show how it goes. Ctrl-C leaves it running where workers run.

    Say who sends it: one account, a package, or a direction.

    \b
    qafila send examples/contract.csv --account Sandbox
    qafila send people.csv --account +201000000001 --name "Reminders"
    qafila send people.csv --package Clinics
    qafila send people.csv --direction Implants
    """
    _refuse_but_one({"--account": account, "--package": package, "--direction": direction})
    if not file.is_file():
        raise Refusal("file_unreadable", f"{file} is not a file that can be read.")
    with household.interruptible(), database.rooms(given.settings(data)):
        business = the_business()
        make = _maker(business, file, name or file.stem)
        if direction is not None:
            contract = _for_direction(business, direction_named(business, direction), make)
        elif package is not None:
            contract = make(package_named(business, package)).public_id
        else:
            contract = make(account_named(business, account or "")).public_id
        screen.say(f"Contract {contract}: reading {file.name}.")
        started = False
        try:
            with _somebody_works():
                _read(business, contract)
                started = _start(business, contract, confirm)
                if started:
                    _watch(business, contract)
        except KeyboardInterrupt:
            screen.say(
                f"\nIt goes on with `qafila up`. To pause it: qafila contracts pause {contract}"
                if started
                else f"\nNothing was sent. To send it: qafila contracts start {contract}",
                "yellow",
            )
            raise SystemExit(130) from None


def _refuse_but_one(named: Mapping[str, str | None]) -> None:
    given_ones = [option for option, value in named.items() if value is not None]
    if len(given_ones) != 1:
        raise Refusal(
            "one_target_only" if given_ones else "field_required",
            f"{' and '.join(given_ones)} cannot go together."
            if given_ones
            else "It does not say who sends it.",
            "Give exactly one of --account, --package and --direction.",
            exit_code=EXIT_USAGE,
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """What a direction's number is found for."""

    campaign: Campaign


def _maker(business: Business, file: Path, name: str) -> Callable[[Sender | Package], Campaign]:
    """Makes the contract of the file, over a number or a package."""
    from qafila.businesses.actor import command_actor
    from qafila.campaigns import incoming
    from qafila.campaigns.actions import create_contract_from_file
    from qafila.senders.models import Package, Sender

    def make(over: Sender | Package) -> Campaign:
        with file.open("rb") as stream:
            stored = incoming.store(iter(lambda: stream.read(BLOCK), b""))
        return create_contract_from_file(
            business=business,
            sender=over if isinstance(over, Sender) else None,
            package=over if isinstance(over, Package) else None,
            name=name,
            file=stored,
            actor=command_actor(business),
            now=datetime.now(UTC),
        )

    return make


def _for_direction(
    business: Business, direction: Direction, make: Callable[[Sender | Package], Campaign]
) -> str:
    """Makes it over the number that serves the direction now, and says how that was found."""
    from qafila.campaigns.actions import for_direction
    from qafila.senders.saying import steps_say

    made = for_direction(
        business=business,
        direction=direction,
        make=lambda sender: _Made(make(sender)),
        now=datetime.now(UTC),
    )
    screen.say(f"{direction.name} goes out over {made.campaign.target.name}:")
    for step in steps_say(made.campaign.routing, "en"):
        screen.say(f"  {step.sentence}")
    return made.campaign.public_id


def _start(business: Business, contract: str, confirm: bool) -> bool:
    """Whether it flows: not over a package that is held."""
    from qafila.businesses.actor import command_actor
    from qafila.campaigns.actions import start_contract

    started = start_contract(
        business=business,
        public_id=contract,
        confirm=confirm,
        actor=command_actor(business),
        now=datetime.now(UTC),
    )
    if started.closed_windows:
        screen.say(
            f"{started.closed_windows:,} people wrote nothing in the last 24 hours: free text does not reach them. "
            "Give the account a default template.",
            "yellow",
        )
    say_if_held(started)
    return not started.held


@contextmanager
def _somebody_works() -> Iterator[None]:
    """A worker of our own for as long as the block runs, unless one works already."""
    from qafila.dispatch.queries import living_workers

    if living_workers(now=datetime.now(UTC)):
        yield
        return
    worker = subprocess.Popen(  # noqa: S603
        [*COMMAND, "worker", "--console-level", "ERROR"],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(household.GRACE_SECONDS)


def _read(business: Business, contract: str) -> None:
    """Shows the reading of the file, and says before anything is sent what to know of it."""
    from qafila import wording
    from qafila.campaigns.rules.statuses import IMPORTING

    campaign = contract_named(business, contract)
    line = Line(campaign.total_count)
    with line.shown():
        while campaign.import_state in IMPORTING:
            line.update(campaign.import_rows, "reading")
            time.sleep(EVERY_SECONDS)
            campaign.refresh_from_db()
    if campaign.import_state == "failed":
        raise Refusal(campaign.import_reason, "The file could not be read to its end; nothing was sent.")
    for warning in campaign.warnings:
        screen.say(str(wording.say(warning["code"], "en", **warning.get("params", {}))), "yellow")


def _watch(business: Business, contract: str) -> None:
    """Shows the sending, to the last message."""
    from qafila.ledger.queries import counts

    campaign = contract_named(business, contract)
    line = Line(campaign.total_count)
    with line.shown():
        while True:
            found = counts(campaign.batch_id)
            line.update(found.total - found.queued - found.sending)
            if not found.queued and not found.sending:
                break
            time.sleep(EVERY_SECONDS)
    refused = found.failed + found.skipped + found.cancelled
    screen.say(f"{found.success:,} sent, {refused:,} not sent, {found.uncertain:,} uncertain.", "bold")
    screen.say(f"Why, and how far each came: qafila contracts stats {contract}")
