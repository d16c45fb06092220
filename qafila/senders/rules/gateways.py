"""What may stand in the set-up of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qafila.businesses.refusals import Refused
from qafila.providers import registry
from qafila.providers.interface import Configurable


def check_config(kind: str, config: Mapping[str, Any]) -> None:
    """Whether a kind can use this set-up.

    :raises Refused: ``gateway_setup_bad`` with ``why``; ``gateway_setup_unknown``: it has a part that the kind does not know.
    """
    known = {field.name for field in registry.KINDS[kind].fields if field.place == "config"}
    unknown = sorted(set(config) - known)
    if unknown:
        raise Refused(
            "gateway_setup_unknown",
            f"This kind of provider has no {unknown[0][:64]!r} in its set-up. Leave it out.",
            field=unknown[0][:64],
        )
    provider = registry.get(kind)
    fault = provider.fault_of(config) if isinstance(provider, Configurable) else ""
    if fault:
        raise Refused(
            "gateway_setup_bad",
            f"The set-up of this gateway cannot be used: {fault}",
            why=fault,
            field="gateway",
        )
