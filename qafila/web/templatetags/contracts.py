"""Parts of contracts in lists: ``{% load contracts %}``."""

from __future__ import annotations

from typing import Any

from django import template

from qafila.campaigns.queries import Contract
from qafila.campaigns.queries.board import Line
from qafila.web.pages.campaigns import words
from qafila.web.shell.doors import Current

register = template.Library()


@register.filter
def contract_look(contract: Contract) -> str:
    """The word of its chip."""
    return words.look_of(contract)


@register.inclusion_tag("web/campaigns/acts.html")
def contract_acts(row: Line, current: Current) -> dict[str, Any]:
    """What can be done with one contract, as buttons inside the list's own form."""
    return {
        "public_id": row.public_id,
        "name": row.contract.campaign.name,
        "may_change": current.actor.may("contracts:write"),
        "may_start": words.may_start(row.contract),
        "may_pause": words.may_pause(row.contract),
        "may_put_away": row.contract.may_put_away,
        "is_archived": row.contract.archived_at is not None,
    }
