"""`qafila webhooks`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, the_business

if TYPE_CHECKING:
    from qafila.events.webhooks.models import WebhookEndpoint

app = typer.Typer(
    help="Addresses that hear of what happens.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Endpoint = Annotated[str, typer.Argument(metavar="ID", help="From `qafila webhooks list`.")]


@app.command("list")
def list_(data: DataOption = None, of: BusinessOption = None) -> None:
    """List the endpoints: state, success in 24 hours, next try."""
    with database.rooms(given.settings(data)):
        from qafila.events.webhooks import queries
        from qafila.events.webhooks.delivering import host_of

        found = queries.endpoints(the_business().pk)
        standings = queries.standings(found, now=datetime.now(UTC))
        rows = screen.table("id", "host", "state", "24 h", "next try", "not delivered")
        for one in found:
            standing = standings[one.pk]
            share = f"{standing.percent} %" if standing.percent is not None else "-"
            next_at = standing.next_at.strftime("%Y-%m-%d %H:%M") if standing.next_at else "-"
            state = f"off ({one.disabled_reason})" if one.disabled_reason else one.state
            rows.add_row(str(one.public_id), host_of(one.url), state, share, next_at, str(standing.lost))
        screen.out.print(rows if found else "No endpoint yet. Add one: qafila webhooks add URL")


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="A public https address.")],
    data: DataOption = None,
    of: BusinessOption = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="What it hears of; may be repeated. Default: everything.", show_default=False
        ),
    ] = None,
) -> None:
    """Add an endpoint. Its secret is shown once."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.events.webhooks.actions import create_endpoint

        business = the_business()
        row, secret = create_endpoint(
            business=business,
            url=url,
            event_types=types or (),
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        screen.data(secret)
        screen.err.print(f"Shown once. The id is {row.public_id}.", style="dim", markup=False)


@app.command("test")
def test(endpoint_id: _Endpoint, data: DataOption = None, of: BusinessOption = None) -> None:
    """Send a test; a running worker delivers it."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.events.webhooks.actions import send_test

        row = _found(endpoint_id)
        sent = send_test(endpoint=row, actor=command_actor(row.business), now=datetime.now(UTC))
        screen.say(f"On its way as {sent.message.public_id}.")


@app.command("resend")
def resend(
    endpoint_id: _Endpoint,
    data: DataOption = None,
    of: BusinessOption = None,
    hours: Annotated[int, typer.Option("--hours", min=1, help="What happened in so many hours.")] = 24,
    everything: Annotated[bool, typer.Option("--all", help="Also what arrived.")] = False,
) -> None:
    """Send again what failed or was missed."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.events.webhooks.resending import resend_since

        row, now = _found(endpoint_id), datetime.now(UTC)
        count = resend_since(
            endpoint=row,
            since=now - timedelta(hours=hours),
            also_delivered=everything,
            actor=command_actor(row.business),
            now=now,
        )
        screen.say(f"{count} deliver{'y' if count == 1 else 'ies'} will be sent again.")


def _found(endpoint_id: str) -> WebhookEndpoint:
    from qafila.events.webhooks.queries import endpoint

    found = endpoint(the_business().pk, endpoint_id)
    if found is None:
        raise screen.Refusal(
            "not_found", f"There is no endpoint {endpoint_id}. `qafila webhooks list` shows them."
        )
    return found
