"""`qafila contracts`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.campaigns.models import Campaign

app = typer.Typer(
    help="Contracts: list, start, pause, look at one.", no_args_is_help=True, rich_markup_mode=None
)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="contract_… from `qafila contracts list`.")]


@app.command("list")
def list_(
    data: DataOption = None,
    limit: Annotated[int, typer.Option(min=1, help="Newest first, so many.")] = 50,
) -> None:
    """List contracts, newest first, with how far each is."""
    with database.rooms(given.settings(data)):
        from qafila.campaigns import queries
        from qafila.ledger.queries import counts_many

        business, _ = business_and(None)
        found = batches(business, None)[:limit]
        counts = counts_many([campaign.batch_id for campaign in found])
        numbers = ("total", "sent", "failed", "queued")
        rows = screen.table("id", "name", "status", *numbers, right=numbers)
        for campaign in found:
            so_far = counts[campaign.batch_id]
            sent = so_far.sent + so_far.delivered + so_far.read
            failed = so_far.failed + so_far.skipped + so_far.cancelled
            status = queries.status_of(campaign)
            shown = [f"{number:,}" for number in (campaign.total_count, sent, failed, so_far.queued)]
            rows.add_row(campaign.public_id, campaign.name, str(status), *shown)
        screen.out.print(
            rows if found else "No contract yet. Make one: qafila send people.csv --account NAME"
        )


def business_and(contract: str | None) -> tuple[Business, Campaign | None]:
    """The first business and one of its contracts.

    :raises Refusal: ``not_found``.
    """
    from qafila.businesses.queries import the_business
    from qafila.campaigns.models import Campaign

    business = the_business()
    if business is None:
        raise screen.Refusal("not_found", "There is no business yet. `qafila up` makes the first.")
    if contract is None:
        return business, None
    found = Campaign.objects.filter(business=business, public_id=contract, deleted_at=None).first()
    if found is None:
        raise screen.Refusal(
            "not_found", f"There is no contract {contract}. `qafila contracts list` shows them."
        )
    return business, found


def batches(business: Business, contract: str | None) -> list[Campaign]:
    """One contract, or all of the business, newest first."""
    from qafila.campaigns.models import Campaign

    found = Campaign.objects.filter(business=business, deleted_at=None).order_by("-created_at", "-pk")
    return list(found.filter(public_id=contract) if contract else found)
