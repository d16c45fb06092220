"""`qafila fix-auto-pause`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption


def fix_auto_pause(
    data: DataOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done; change nothing.")
    ] = False,
) -> None:
    """Switch automatic pauses off in every package, and resume every number that was paused automatically.

    Not the numbers that a person paused, and not those that cannot send: they are listed. Resumed ones begin slowly. Nothing
    needs to be restarted, and it may be run again at any time.

    \b
    qafila fix-auto-pause --dry-run
    qafila fix-auto-pause
    """
    with database.rooms(given.settings(data)):
        from qafila import wording
        from qafila.senders.actions.auto_pause import repair

        report = repair(dry_run=dry_run, now=datetime.now(UTC))
        updated = set(report.updated)
        screen.say(f"Found {len(report.packages)} package(s)")
        for name, public_id in report.packages:
            what = "Updating" if (name, public_id) in updated else "Already updated"
            screen.say(f"  {what}: {name} ({public_id})")
        did = "Would update" if dry_run else "Successfully updated"
        screen.say(f"{did} {len(report.updated)} package(s)")
        screen.say(f"Found {len(report.paused)} paused profile(s)")
        for name, public_id in report.resumed:
            screen.say(f"  Resuming: {name} ({public_id})")
        for name, public_id, reason in report.cannot_send:
            why = wording.say(reason, "en").sentence
            screen.say(f"  Not resumed, because it cannot send: {name} ({public_id}): {why}", "yellow")
        did = "Would resume" if dry_run else "Successfully resumed"
        screen.say(f"{did} {len(report.resumed)} profile(s)")
        screen.say("Dry run: nothing was changed" if dry_run else "Migration completed successfully")
