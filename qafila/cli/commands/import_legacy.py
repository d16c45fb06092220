"""`qafila import-legacy`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption

if TYPE_CHECKING:
    from qafila.businesses.models import Business
    from qafila.campaigns.legacy import Report


def import_legacy(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DATABASE_URL",
            envvar="LEGACY_DATABASE_URL",
            show_envvar=False,
            help="The database to copy from; or in LEGACY_DATABASE_URL. It is only read.",
        ),
    ],
    into: Annotated[
        str | None,
        typer.Option(
            "--into",
            metavar="BUSINESS",
            help="Name or id of the business that takes everything. Default: one account there goes into the first"
            " business here; several become a business each.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Copy old data: accounts, numbers, directions, leads, packages, profiles, broadcasts, contracts.

    Takes what it finds, says what it left out and why, and may be run again. Nothing is sent by it: numbers come without a
    provider, what was still waiting comes paused.

    A paused contract can be started once its number is connected. A paused broadcast cannot be resumed yet, on no page and
    by no command: its waiting messages are kept and are not sent.

    \b
    qafila import-legacy --from postgresql://user:password@host/old_database
    qafila import-legacy --from postgresql://localhost/old --into "My business"
    """
    with database.rooms(given.settings(data)):
        from qafila.campaigns.legacy import import_legacy as copy

        business = _business(into) if into is not None else None
        report = copy(dsn=source, into=business, now=datetime.now(UTC))
        _say(report)


def _business(wanted: str) -> Business:
    from qafila.businesses.models import Business
    from qafila.businesses.queries import by_public_id

    named = list(Business.objects.filter(name=wanted)[:2])
    found = by_public_id(wanted) or (named[0] if len(named) == 1 else None)
    if found is None:
        raise screen.Refusal("not_found", f"There is no single business {wanted!r}. Name it, or give its id.")
    return found


_PAUSED = {
    "person": "paused there by a person. Here they are switched off, and stay so when they are connected. On again: the page"
    " Numbers.",
    "auto": "paused there automatically. Here they are paused as soon as they are connected. `qafila fix-auto-pause` resumes"
    " them then.",
}


def _say(report: Report) -> None:
    from qafila.wording import say

    numbers = ("found", "copied", "already there", "refused")
    rows = screen.table("table", *numbers, right=numbers)
    for table in report:
        if table.is_there:
            rows.add_row(
                table.name, *(f"{n:,}" for n in (table.found, table.copied, table.there, table.refused))
            )
        else:
            rows.add_row(table.name, "not in the source", "", "", "")
    screen.out.print(rows)
    for table in report:
        for code, count in table.reasons.most_common():
            examples = ", ".join(table.examples[code])
            why = say(code, "en").sentence
            screen.say(f"{table.name}: {count:,} refused. {why} ({code}; for example {examples})", "yellow")
    for table in report:
        for by, count in table.paused.items():
            screen.say(
                f"{table.name}: {count:,} {_PAUSED[by]} (for example {', '.join(table.paused_names[by])})",
                "yellow",
            )
    for public_id, name in report.businesses.items():
        screen.say(f"Into the business {name} (userAccountId {public_id}).")
    if any(table.reasons["no_number"] for table in report):
        screen.say("Add a number, then run it again: qafila numbers add +12345678901", "bold")
