"""`qafila directions`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, direction_named, the_business

app = typer.Typer(
    help="The lines of business, and which number serves each.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def directions(context: typer.Context, data: DataOption = None, of: BusinessOption = None) -> None:
    """List the directions: the number each chose, and the one that serves it now.

    \b
    qafila directions                       all of them
    qafila directions resolve Implants      where a message for it would go, and why
    """
    context.obj = data
    if context.invoked_subcommand is None:
        list_(data)


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the directions by name."""
    with database.rooms(given.settings(data)):
        from qafila.senders.direction_queries import directions_of, resolve_all

        business = the_business()
        found = list(directions_of(business.pk))
        rows = screen.table("id", "name", "its number", "serves now")
        for row, serves in zip(found, resolve_all(found, business, now=datetime.now(UTC)), strict=True):
            own = (
                row.sender.phone
                if row.sender
                else f"gone: {row.gone_phone}"
                if row.gone_phone
                else "the default"
            )
            rows.add_row(str(row.public_id), row.name, own, serves.phone or "none")
        screen.out.print(rows if found else "No direction yet. They are made on the page Directions.")


@app.command("resolve")
def resolve(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the direction.")],
    ads: Annotated[bool, typer.Option("--ads", help="For ads instead of messages.")] = False,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Say where a message for a direction would go now, and why."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.senders.direction_queries import resolve as resolved
        from qafila.senders.rules.resolution import Purpose
        from qafila.senders.saying import steps_say

        business = the_business()
        found = direction_named(business, name)
        purpose = Purpose.ADS if ads else Purpose.SENDING
        serves = resolved(found, business, purpose=purpose, now=datetime.now(UTC))
        screen.data(serves.phone or "none")
        for step in steps_say(serves.steps, "en"):
            screen.say(f"  {step.sentence}")
