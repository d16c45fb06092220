"""`qafila alerts`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, the_business

app = typer.Typer(help="What needs a person.", invoke_without_command=True, rich_markup_mode=None)
MOST = 100

_STYLES = {"critical": "bold red", "warning": "yellow", "info": ""}


@app.callback()
def alerts(
    context: typer.Context,
    data: DataOption = None,
    of: BusinessOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was read, and what is over.")] = False,
) -> None:
    """List what needs a person, newest first: level, how often, since when, what to do.

    \b
    qafila alerts               open ones that nobody has read
    qafila alerts --all         also what was read, and what is over
    qafila alerts read          mark all as read
    qafila alerts read ID       mark one as read
    """
    context.obj = data
    if context.invoked_subcommand is not None:
        return
    with database.rooms(given.settings(data)):
        from qafila.alerts.queries import View, viewed
        from qafila.alerts.saying import says

        view = View.ALL if everything else View.UNREAD
        found = [
            alert
            for business_id in (None, the_business().pk)
            for alert in viewed(business_id, view)[: MOST + 1]
        ]
        found.sort(key=lambda alert: alert.last_at, reverse=True)
        for alert in found[:MOST]:
            said = says(alert, "en")
            times = f" ×{alert.count:,}" if alert.count > 1 else ""
            over = "  over" if alert.closed_at else "  read" if alert.read_at else ""
            screen.say(f"{alert.level:<8} {said.sentence}{times}", _STYLES[alert.level])
            screen.say(
                f"         {alert.code}  since {alert.opened_at:%Y-%m-%d %H:%M:%S} UTC{over}  {alert.public_id}"
            )
            for line in (said.cause, f"→ {said.step}" if said.step else ""):
                if line:
                    screen.say(f"         {line}")
        if len(found) > MOST:
            screen.say(f"More than {MOST}: the newest are shown.", "dim")
        if not found:
            screen.say("Nothing needs you.")


@app.command("read")
def read(
    context: typer.Context,
    alert: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="From `qafila alerts`. None: all.", show_default=False),
    ] = None,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Mark alerts as read: these, or all. They show again when their trouble comes back after an hour."""
    with database.rooms(given.settings(data or context.obj)):
        from qafila.alerts.actions import mark_all_read, mark_read
        from qafila.businesses.actor import command_actor

        actor, now = command_actor(the_business()), datetime.now(UTC)
        if alert:
            marked = sum(mark_read(public_id=one, actor=actor, now=now) for one in alert)
        else:
            marked = mark_all_read(actor=actor, now=now, installation=True)
        screen.say(f"{marked} alert{'' if marked == 1 else 's'} marked as read.")
