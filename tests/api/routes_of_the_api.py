"""Every route of the API from the framework itself, so that a new one without a row in a matrix fails."""

from __future__ import annotations

from ninja.operation import Operation

from qafila.api.door import api


def routes() -> dict[str, Operation]:
    """``"GET /api/contracts/{contract_id}"`` to its operation."""
    found: dict[str, Operation] = {}
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    found[f"{method} /api{bound.prefix}{path}"] = operation
    return found
