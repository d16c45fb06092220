"""Reads: contracts as they stand, and what became of their messages."""

from qafila.campaigns.queries.gone import was_deleted
from qafila.campaigns.queries.messages import (
    all_failed_are_cleared,
    batches_of_messages,
    rejected,
    results,
    results_page,
)
from qafila.campaigns.queries.overview import (
    Contract,
    contract,
    contract_id_of_batch,
    contract_rows,
    contracts,
    contracts_page_after,
    status_counts,
)

__all__ = [
    "Contract",
    "all_failed_are_cleared",
    "batches_of_messages",
    "contract",
    "contract_id_of_batch",
    "contract_rows",
    "contracts",
    "contracts_page_after",
    "rejected",
    "results",
    "results_page",
    "status_counts",
    "was_deleted",
]
