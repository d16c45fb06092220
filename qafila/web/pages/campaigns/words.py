"""How a contract's state is shown."""

from __future__ import annotations

from qafila.campaigns.queries import Contract
from qafila.campaigns.rules.statuses import IMPORTING, Status
from qafila.ledger.states import BatchState


def look_of(contract: Contract) -> str:
    """The word of the state that its chip shows (``ui.states``): who holds it makes a difference to a reader."""
    if contract.beginning is not None and contract.campaign.begins_at is None:
        return "beginning"
    if contract.status is Status.PAUSED and contract.campaign.batch.hold_code:
        return "held"
    if contract.status is Status.PENDING and contract.campaign.begins_at is not None:
        return "planned"
    if contract.status is Status.PENDING and contract.campaign.import_state in ("waiting", "running"):
        return "waiting"
    return look_of_status(contract.status)


def look_of_status(status: Status) -> str:
    """The word of a status in general."""
    return "contract_failed" if status is Status.FAILED else status.value.lower()


def may_start(contract: Contract) -> bool:
    """Whether starting it has an effect."""
    if contract.beginning is not None:
        return False
    return contract.status in (Status.PENDING, Status.PAUSED) and not contract.campaign.start_wanted


def may_pause(contract: Contract) -> bool:
    """Whether pausing it has an effect."""
    return contract.status is Status.IN_PROGRESS or contract.campaign.start_wanted


def may_give(contract: Contract) -> bool:
    """Whether others may take something of it: it is neither over nor still being read."""
    if contract.campaign.import_state in IMPORTING or contract.campaign.batch.state == BatchState.CANCELLED:
        return False
    return contract.status in (Status.PENDING, Status.IN_PROGRESS, Status.PAUSED)
