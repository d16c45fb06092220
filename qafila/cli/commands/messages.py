"""`qafila messages`."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, the_business

if TYPE_CHECKING:
    from qafila.businesses.models import Business

app = typer.Typer(help="Messages whose outcome is not known.", no_args_is_help=True, rich_markup_mode=None)


class As(enum.StrEnum):
    """What a person says of an uncertain message."""

    SENT = "sent"
    FAILED = "failed"
    RESEND = "resend"


@app.command("uncertain")
def uncertain(
    contract: Annotated[str | None, typer.Option("--contract", metavar="ID", show_default=False)] = None,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """List messages that were begun and whose answer was lost: they may or may not have arrived."""
    with database.rooms(given.settings(data)):
        from qafila.cli.commands.contracts import contract_named, contracts_of
        from qafila.ledger import queries
        from qafila.ledger.states import State

        business = the_business()
        chosen = [contract_named(business, contract)] if contract else contracts_of(business)
        rows = screen.table("message", "contract", "row", "number", "uncertain since")
        count = 0
        for campaign in chosen:
            for row in queries.messages(campaign.batch_id, states=[State.UNCERTAIN]):
                since = row.uncertain_at.strftime("%Y-%m-%d %H:%M:%S") if row.uncertain_at else ""
                rows.add_row(
                    str(row.id), campaign.public_id, str(row.row_number), _hidden(row.address), since
                )
                count += 1
        screen.out.print(rows if count else "No message is uncertain.")


@app.command("resolve")
def resolve(
    *,
    as_: Annotated[As, typer.Option("--as", help="What became of them; resend sends them again.")],
    message: Annotated[
        list[int] | None,
        typer.Argument(metavar="[MESSAGE]...", help="From `qafila messages uncertain`.", show_default=False),
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option("--contract", metavar="ID", help="All uncertain ones of it.", show_default=False),
    ] = None,
    older_than: Annotated[
        float | None,
        typer.Option(
            "--older-than", metavar="HOURS", help="Only those uncertain for so long.", show_default=False
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before resending.")] = False,
    data: DataOption = None,
    of: BusinessOption = None,
) -> None:
    """Decide what became of uncertain messages. Nothing is ever resent without this.

    \b
    qafila messages resolve 4711 4712 --as sent
    qafila messages resolve --contract contract_x1 --as failed --older-than 24
    qafila messages resolve --contract contract_x1 --as resend
    """
    if not message and contract is None:
        raise screen.Refusal(
            "nothing_named", "Name the messages, or a contract with --contract.", exit_code=2
        )
    if as_ is As.RESEND and not yes:
        typer.confirm(
            "Some of them may have arrived; those people would get the message twice. Resend?",
            abort=True,
            err=True,
        )
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.campaigns.actions import resolve_messages
        from qafila.cli.commands.contracts import contract_named
        from qafila.ledger.actions import Resolution

        now = datetime.now(UTC)
        business = the_business()
        batch = contract_named(business, contract).batch_id if contract else None
        _all_there(business, message or [], batch)
        changed = resolve_messages(
            business=business,
            as_=Resolution(as_.value),
            message_ids=message or None,
            batch_id=batch,
            older_than=now - timedelta(hours=older_than) if older_than is not None else None,
            actor=command_actor(business),
            now=now,
        )
        screen.say(f"{changed} message{'' if changed == 1 else 's'} resolved as {as_.value}.")


def _all_there(business: Business, messages: list[int], batch_id: int | None) -> None:
    """Messages of other businesses, or of another contract than the one named, are none.

    :raises Refusal: ``not_found``.
    """
    from qafila.ledger.queries import message

    for message_id in messages:
        row = message(business.pk, message_id)
        if row is None or batch_id not in (None, row.batch_id):
            raise screen.Refusal(
                "not_found", f"There is no message {message_id}. `qafila messages uncertain` shows them."
            )


def _hidden(address: str) -> str:
    return f"{address[:4]}…{address[-2:]}" if len(address) > 7 else address
