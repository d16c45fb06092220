"""Reads: contracts as they stand, and what became of their messages."""

from qafila.campaigns.queries.contracts import (
    Contract,
    contract,
    contracts,
    contracts_page_after,
    status_counts,
)
from qafila.campaigns.queries.messages import rejected, results, results_page

__all__ = [
    "Contract",
    "contract",
    "contracts",
    "contracts_page_after",
    "rejected",
    "results",
    "results_page",
    "status_counts",
]
