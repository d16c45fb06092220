"""`qafila contracts`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption
from qafila.cli.naming import BusinessOption, the_business

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.campaigns.actions.running import Started
    from qafila.campaigns.models import Campaign

app = typer.Typer(
    help="Contracts: list, start, resume, pause, look at one, try failed messages again or clear them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="contract_… from `qafila contracts list`.")]


@app.command("list")
def list_(
    data: DataOption = None,
    of: BusinessOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Newest first, so many.")] = 50,
) -> None:
    """List contracts, newest first, with how far each is."""
    with database.rooms(given.settings(data)):
        from qafila.ledger.queries import counts_many

        found = contracts_of(the_business())[:limit]
        counts = counts_many([campaign.batch_id for campaign in found])
        numbers = ("total", "sent", "failed", "waiting")
        rows = screen.table("id", "name", "status", *numbers, right=numbers)
        for campaign in found:
            so_far = counts[campaign.batch_id]
            failed = so_far.failed + so_far.skipped + so_far.cancelled
            waiting = so_far.queued + so_far.sending
            shown = [f"{number:,}" for number in (campaign.total_count, so_far.success, failed, waiting)]
            rows.add_row(campaign.public_id, campaign.name, _status(campaign), *shown)
        screen.out.print(
            rows if found else "No contract yet. Make one: qafila send people.csv --account NAME"
        )


@app.command("start")
def start(
    contract: IdArgument,
    data: DataOption = None,
    of: BusinessOption = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="It is meant, although the same one was posted within a day.")
    ] = False,
) -> None:
    """Start or resume a contract. Workers send it: `qafila up` or `qafila worker`."""
    _let_go(contract, data, confirm=confirm, although_held=False)


@app.command("resume")
def resume(
    contract: IdArgument,
    data: DataOption = None,
    of: BusinessOption = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="It is meant, although the same one was posted within a day.")
    ] = False,
) -> None:
    """As `start`; also lets go on what is held, for its texts or because its package lost numbers. Look at the text first."""
    _let_go(contract, data, confirm=confirm, although_held=True)


def _let_go(contract: str, data: Path | None, *, confirm: bool, although_held: bool) -> None:
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.campaigns.actions import resume_contract, start_contract

        business = the_business()
        started = (resume_contract if although_held else start_contract)(
            business=business,
            public_id=contract,
            confirm=confirm,
            actor=command_actor(business),
            now=datetime.now(UTC),
        )
        screen.say(f"{contract}: {started.status}")
        if started.closed_windows:
            screen.say(
                f"{started.closed_windows:,} people wrote nothing in the last 24 hours: free text does not reach them. "
                "Give the account a default template.",
                "yellow",
            )
        say_if_held(started)


def say_if_held(started: Started) -> None:
    """What keeps a started contract from flowing: its texts were refused, or its package lost numbers."""
    from qafila.wording import say

    if started.hold:
        screen.say(str(say(started.hold.code, **started.hold.params)), "yellow")


@app.command("pause")
def pause(contract: IdArgument, data: DataOption = None, of: BusinessOption = None) -> None:
    """Pause a contract, within two seconds. `start` goes on where it stood."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.campaigns.actions import pause_contract

        business = the_business()
        actor = command_actor(business)
        status = pause_contract(business=business, public_id=contract, actor=actor, now=datetime.now(UTC))
        screen.say(f"{contract}: {status}")


@app.command("retry-failed")
def retry_failed(contract: IdArgument, data: DataOption = None, of: BusinessOption = None) -> None:
    """Queue the failed messages of a contract again, with three new attempts each; a finished one flows on.

    What was skipped (no number, a duplicate, unsubscribed) and what was cleared with `clear-failed` stays as it is.
    """
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.campaigns import actions

        business = the_business()
        count, status = actions.retry_failed(
            business=business, public_id=contract, actor=command_actor(business), now=datetime.now(UTC)
        )
        screen.say(f"{contract}: {_messages(count)} queued again. The contract is {status}.")


@app.command("clear-failed")
def clear_failed(contract: IdArgument, data: DataOption = None, of: BusinessOption = None) -> None:
    """Take the failed messages of until now out of the list of failed numbers. The figures and the books stay."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.actor import command_actor
        from qafila.campaigns import actions

        business = the_business()
        count = actions.clear_failed(
            business=business, public_id=contract, actor=command_actor(business), now=datetime.now(UTC)
        )
        screen.say(f"{contract}: {_messages(count)} cleared.")


@app.command("stats")
def stats(contract: IdArgument, data: DataOption = None, of: BusinessOption = None) -> None:
    """Show how many of a contract's messages stand where, and why some were not sent."""
    with database.rooms(given.settings(data)):
        from dataclasses import asdict

        from qafila.ledger.queries import counts, reasons

        campaign = contract_named(the_business(), contract)
        screen.say(f"{campaign.name}: {_status(campaign)}", "bold")
        rows = screen.table("state", "messages", right=["messages"])
        for word, number in asdict(counts(campaign.batch_id)).items():
            if number:
                rows.add_row(word, f"{number:,}")
        screen.out.print(rows)
        why = screen.table("not sent", "why", "messages", right=["messages"])
        for state, reason, number in reasons(campaign.batch_id):
            why.add_row(state.word, reason or "", f"{number:,}")
        if why.row_count:
            screen.out.print(why)


def contract_named(business: Business, contract: str) -> Campaign:
    """One contract of the business.

    :raises Refusal: ``not_found``.
    """
    found = contracts_of(business, contract)
    if not found:
        raise screen.Refusal(
            "not_found", f"There is no contract {contract}. `qafila contracts list` shows them."
        )
    return found[0]


def contracts_of(business: Business, contract: str | None = None) -> list[Campaign]:
    """The contracts of the business, newest first; with ``contract`` that one only."""
    from qafila.campaigns.models import Campaign, Kind

    found = Campaign.objects.filter(business=business, kind=Kind.CONTRACT, deleted_at=None)
    found = found.filter(public_id=contract) if contract else found
    return list(found.select_related("batch").order_by("-created_at", "-pk"))


def _messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"


def _status(campaign: Campaign) -> str:
    from qafila.campaigns.rules.statuses import status_of
    from qafila.ledger.states import BatchState

    return str(status_of(BatchState(campaign.batch.state), campaign.import_state))
