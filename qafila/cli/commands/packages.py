"""`qafila packages`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, account_named, package_named, the_business

if TYPE_CHECKING:
    from qafila.senders.models import Package

app = typer.Typer(
    help="Pools of numbers that share work: list, make, fill, pause, resume.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

PackageArgument = Annotated[str, typer.Argument(metavar="PACKAGE", help="Name or id of the package.")]
AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Name, number or id of the account.")]


@app.callback()
def packages(context: typer.Context, data: DataOption = None, of: BusinessOption = None) -> None:
    """List the packages, with the id that contracts name (packageId).

    \b
    qafila packages                        all of them
    qafila packages create Clinics         an empty one
    qafila packages add Clinics Main       the number Main shares its work
    qafila packages show Clinics           its numbers, and what holds each
    qafila packages pause Clinics          nothing more is sent from its numbers until you resume it
    """
    context.obj = data
    if context.invoked_subcommand is None:
        list_(data)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the packages, oldest first."""
    with database.rooms(given.settings(data)):
        from qafila.senders.package_queries import packages_of, states_of

        found = list(packages_of(the_business().pk))
        states = states_of(found)
        rows = screen.table("id", "name", "state", "numbers", "auto-pause", right=["numbers"])
        for one in found:
            state, numbers = states[one.pk]
            switch = "on (not recommended)" if one.auto_pause_on_failures else "off"
            rows.add_row(str(one.public_id), one.name, state.value, str(numbers), switch)
        screen.out.print(rows if found else "No package yet. Make one: qafila packages create NAME")


@app.command("show")
def show(
    context: typer.Context, package: PackageArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Show one package: its numbers, how much each gives, and what holds it."""
    with database.rooms(given.settings(data or context.obj)):
        _show(package_named(the_business(), package))


@app.command("create")
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")],
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Make an empty package."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.actions.packages import create_package

        made = create_package(business=the_business(), name=name, **_who())
        screen.say(f"{made.name}: {made.public_id}")


@app.command("add")
def add(
    context: typer.Context,
    package: PackageArgument,
    account: AccountArgument,
    data: DataOption = None,
    *,
    of: BusinessOption = None,
    weight: Annotated[
        int, typer.Option("--weight", min=1, max=100, help="How much of its pace, beside the heaviest.")
    ] = 1,
) -> None:
    """Put a number into a package: it takes of its work from now on."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.actions.packages import add_member

        found = package_named(the_business(), package)
        sender = account_named(the_business(), account)
        add_member(package=found, sender=sender, weight=weight, **_who())
        _show(found)


@app.command("remove")
def remove(
    context: typer.Context,
    package: PackageArgument,
    account: AccountArgument,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Take a number out of a package: the others take the rest of its work."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.actions.packages import remove_member

        found = package_named(the_business(), package)
        sender = account_named(the_business(), account)
        if not remove_member(package=found, sender=sender, **_who()):
            raise screen.Refusal("not_found", f"{sender.name} is not in the package {found.name}.")
        _show(found)


@app.command("pause")
def pause(
    context: typer.Context,
    package: PackageArgument,
    data: DataOption = None,
    of: BusinessOption = None,
    reason: Annotated[str, typer.Option("--reason", help="For the audit log.")] = "",
) -> None:
    """Send nothing more from any number of a package, also for its other packages, until it is resumed."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.actions.packages import pause_all

        found = package_named(the_business(), package)
        screen.say(f"{pause_all(package=found, reason=reason, **_who())} paused.")
        _show(found)


@app.command("resume")
def resume(
    context: typer.Context, package: PackageArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Let the numbers that were paused with their package send again. Those paused one by one stay paused."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.actions.packages import resume_all

        found = package_named(the_business(), package)
        screen.say(f"{resume_all(package=found, **_who())} resumed.")
        _show(found)


def _who() -> dict[str, Any]:
    from qafila.businesses.actor import command_actor

    return {"actor": command_actor(the_business()), "now": datetime.now(UTC)}


def _show(package: Package) -> None:
    from qafila.senders.package_queries import members, profile, state_of

    found = list(members(package.pk))
    state = state_of(member.sender for member in found)
    screen.say(f"{package.name} ({package.public_id}): {state.value}", "bold")
    rows = screen.table("name", "number", "status", "why", "weight", right=["weight"])
    for member in found:
        said = profile(member.sender)
        rows.add_row(
            member.sender.name, member.sender.phone, said.state, said.pause_reason, str(member.weight)
        )
    screen.out.print(rows if found else "It is empty. Fill it: qafila packages add PACKAGE ACCOUNT")
