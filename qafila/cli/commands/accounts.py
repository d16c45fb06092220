"""`qafila accounts`."""

from __future__ import annotations

from qafila.cli import database, given, screen
from qafila.cli.given import DataOption


def accounts(data: DataOption = None) -> None:
    """List the numbers that can send, with the id that contracts name (accountId)."""
    with database.rooms(given.settings(data)):
        from qafila.businesses.queries import the_business
        from qafila.senders.queries import for_business

        business = the_business()
        found = list(for_business(business.pk)) if business else []
        rows = screen.table("id", "name", "number", "provider", "state", "default template")
        for sender in found:
            account = sender.provider_account
            state = f"{sender.state} ({sender.state_reason})" if sender.state_reason else sender.state
            template = sender.default_template["name"] if sender.default_template else "none"
            rows.add_row(
                str(sender.public_id),
                sender.name,
                sender.phone,
                account.name if account else "none",
                state,
                template,
            )
        screen.out.print(rows if found else "No account yet. Try one: qafila up --sandbox")
