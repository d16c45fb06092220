"""`qafila messages`."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import the_business

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
        from qafila.cli.commands.contracts import contract_named
        from qafila.dispatch.actions import resume_flow
        from qafila.ledger.actions import Resolution, resolve_uncertain

        now = datetime.now(UTC)
        before = now - timedelta(hours=older_than) if older_than is not None else None
        business = the_business()
        batch = contract_named(business, contract).batch_id if contract else None
        decided = Resolution(as_.value)
        changed = 0
        for batch_id, ids in _by_batch(business, message, batch):
            count = resolve_uncertain(
                business_id=business.pk,
                as_=decided,
                message_ids=ids,
                batch_id=batch_id,
                older_than=before,
                now=now,
            )
            if count and decided is Resolution.RESEND:
                resume_flow(batch_id=batch_id, now=now)
            changed += count
        screen.say(f"{changed} message{'' if changed == 1 else 's'} resolved as {as_.value}.")


def _by_batch(
    business: Business, messages: list[int] | None, batch_id: int | None
) -> list[tuple[int, list[int] | None]]:
    """Each batch with the messages named in it (None: all of it). Messages of other businesses are none."""
    if not messages:
        return [(batch_id, None)] if batch_id is not None else []
    from qafila.ledger.queries import message

    found: dict[int, list[int]] = {}
    for message_id in messages:
        row = message(business.pk, message_id)
        if row is None or batch_id not in (None, row.batch_id):
            raise screen.Refusal(
                "not_found", f"There is no message {message_id}. `qafila messages uncertain` shows them."
            )
        found.setdefault(row.batch_id, []).append(message_id)
    return list(found.items())


def _hidden(address: str) -> str:
    return f"{address[:4]}…{address[-2:]}" if len(address) > 7 else address
