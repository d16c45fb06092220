"""Every code that the house says to people, one file a subject. Codes are stable: they stand in databases and clients."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qafila.wording.catalogue import (
    adding,
    alerts,
    api,
    baileys,
    cloud_api,
    commands,
    drafts,
    engine,
    failures,
    files,
    gateways,
    health,
    numbers,
    packages,
    planning,
    provider_news,
    rows,
    setting_up,
    starting,
    tickets,
    webhooks,
)
from qafila.wording.entries import Entry


def _merge() -> Mapping[str, Entry]:
    merged: dict[str, Entry] = {}
    for part in (
        api,
        files,
        rows,
        failures,
        cloud_api,
        baileys,
        engine,
        provider_news,
        alerts,
        setting_up,
        starting,
        commands,
        drafts,
        webhooks,
        numbers,
        health,
        packages,
        planning,
        adding,
        gateways,
        tickets,
    ):
        twice = merged.keys() & part.ENTRIES.keys()
        if twice:
            raise ValueError(f"These codes have two wordings: {', '.join(sorted(twice))}.")
        merged |= part.ENTRIES
    return MappingProxyType(merged)


CATALOGUE = _merge()
"""Code to entry."""
