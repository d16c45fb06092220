"""`qafila numbers`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, account_named, the_business

app = typer.Typer(
    help="The list of numbers: the default, those that only route, those that send.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The number, its name or its id.")]


@app.callback()
def numbers(context: typer.Context, data: DataOption = None, of: BusinessOption = None) -> None:
    """List the numbers of the business, the default first.

    \b
    qafila numbers                              all of them, and which directions use them
    qafila numbers add +12345678901 --label Main --default
    qafila numbers default Main                 directions without a number of their own use it
    qafila numbers remove +12345678901          while no direction uses it
    """
    context.obj = data
    if context.invoked_subcommand is None:
        list_(data)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the numbers, the default first."""
    with database.rooms(given.settings(data)):
        from qafila.senders.direction_queries import direction_names
        from qafila.senders.queries import effective, for_business

        business = the_business()
        found = list(for_business(business.pk).order_by("-is_default", "pk"))
        names = direction_names(business.pk)
        rows = screen.table("id", "name", "number", "default", "state", "directions")
        for one in found:
            rows.add_row(
                str(one.public_id),
                one.name,
                one.phone,
                "default" if one.is_default else "",
                effective(one).state if one.is_active else "switched off",
                ", ".join(names.get(one.pk, ())),
            )
        screen.out.print(rows if found else "No number yet. Add one: qafila numbers add +12345678901")


@app.command("add")
def add(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="With + and the country code.")],
    label: Annotated[str, typer.Option("--label", help="A name for it.", show_default=False)] = "",
    default: Annotated[bool, typer.Option("--default", help="Make it the default.")] = False,
    data: DataOption = None,
    *,
    of: BusinessOption = None,
) -> None:
    """Add a number. Directions and ads may use it at once; it sends once it is connected to a provider."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions import add_number

        business = the_business()
        made = add_number(
            business=business,
            phone=number,
            label=label,
            is_default=default,
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        end = " It is the default." if made.is_default else ""
        screen.say(f"{made.name} ({made.phone}) is in the list.{end}")


@app.command("default")
def default_(
    context: typer.Context, number: NumberArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Make a number the default; the former one is one no more."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions import change_number

        business = the_business()
        found = account_named(business, number)
        change_number(sender=found, is_default=True, actor=command_actor(business), now=datetime.now(UTC))
        screen.say(f"{found.name} ({found.phone}) is the default.")


@app.command("remove")
def remove(
    context: typer.Context, number: NumberArgument, data: DataOption = None, of: BusinessOption = None
) -> None:
    """Delete a number that no direction uses and that no message in the books belongs to."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.businesses.actor import command_actor
        from qafila.senders.actions import delete_number

        business = the_business()
        found = account_named(business, number)
        said = f"{found.name} ({found.phone}) is deleted."
        delete_number(sender=found, actor=command_actor(business), now=datetime.now(UTC))
        screen.say(said)
