"""Which number sent how many of a contract, each figure with the list of exactly these messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from qafila.campaigns.queries import Contract
from qafila.campaigns.queries.shares import Share, shares
from qafila.ledger.states import State, Target
from qafila.senders.models import Sender
from qafila.web.pages.campaigns.groups import list_url

COLUMNS: Sequence[str | Promise] = (
    pgettext_lazy("how many messages", "Sent"),
    pgettext_lazy("how many messages", "Delivered"),
    pgettext_lazy("how many messages", "Read"),
    pgettext_lazy("how many messages", "Failed"),
    pgettext_lazy("how many messages", "Uncertain"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure under its title. ``url``: the list of exactly these; "" where there are none, or no list that is so long."""

    title: str | Promise
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A number and its figures, in the order of :data:`COLUMNS`. ``sender`` None: it was deleted."""

    sender: Sender | None
    cells: Sequence[Cell]


def lines(contract: Contract) -> list[Line]:
    """The table; empty where the contract is one number's own (:func:`shares`)."""
    return [
        Line(
            one.sender,
            [
                Cell(title, count, url)
                for title, (count, url) in zip(COLUMNS, _figures(contract, one), strict=True)
            ],
        )
        for one in shares(contract.campaign)
    ]


def _figures(contract: Contract, share: Share) -> list[tuple[int, str]]:
    c = contract.counts
    given: tuple[tuple[int, int, State | None, str], ...] = (
        (share.sent, c.success, None, "out"),
        (share.delivered, c.delivered + c.read, None, "arrived"),
        (share.read, c.read, State.READ, ""),
        (share.failed, c.failed, State.FAILED, ""),
        (share.uncertain, c.uncertain, State.UNCERTAIN, ""),
    )
    batch, sender = contract.campaign.batch, share.sender
    if sender is None:
        return [(count, "") for count, *_ in given]
    # The list of the number that a contract is for holds what others sent too: it is linked only where that is nothing.
    is_its_own = (batch.target_kind, batch.target_id) == (Target.SENDER, sender.pk)
    return [
        (
            count,
            list_url(contract, state, reached=far, sender=str(sender.public_id))
            if count and (count == whole or not is_its_own)
            else "",
        )
        for count, whole, state, far in given
    ]
