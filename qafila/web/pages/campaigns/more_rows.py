"""What a contract's page says of rows that are added to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from qafila.campaigns.models import AdditionState, ImportState
from qafila.campaigns.queries import Contract
from qafila.campaigns.queries.adding import is_adding, last_addition
from qafila.campaigns.rules.adding import takes_rows
from qafila.campaigns.rules.statuses import IMPORTING
from qafila.web.shell.saying import said_of


def facts(found: Contract, *, now: datetime) -> dict[str, Any]:
    """``addition``: rows that are on their way; ``not_added``: how many of the last file did not come, and ``not_added_why``;
    ``may_add``: whether the contract takes rows now."""
    campaign = found.campaign
    last = last_addition(campaign)
    failed = last is not None and last.state == AdditionState.FAILED
    return {
        "addition": last if is_adding(last) else None,
        "not_added": last.rows - last.rows_read if last is not None and failed else 0,
        "not_added_why": said_of(last.reason) if last is not None and failed else "",
        "may_add": not takes_rows(
            complete=campaign.import_state not in (*IMPORTING, ImportState.FAILED),
            adding=is_adding(last),
            archived=campaign.archived_at is not None,
            made_at=campaign.created_at,
            standing=campaign.total_count,
            more=1,
            now=now,
        ),
    }
