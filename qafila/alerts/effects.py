"""What an alert holds up, and where it is put right. Rooms above say the first here, because this one cannot look up to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from django.conf import settings
from django.utils import translation

from qafila.alerts.models import Alert

Reader: TypeAlias = Callable[[Sequence[Alert], int], Mapping[int, str]]
"""(alerts, business id) → row of an alert to what it holds up, in the language that is active; no entry: nothing known."""

_READERS: Final[list[Reader]] = []


def effect_reader(reads: Reader) -> Reader:
    """Registers who knows what alerts hold up. It is asked for a page of alerts at once, in a fixed number of statements."""
    if reads not in _READERS:
        _READERS.append(reads)
    return reads


def effects_of(alerts: Sequence[Alert], *, business_id: int, language: str) -> dict[int, str]:
    """Row of an alert to what it holds up ("2 running contracts wait for it"); no entry: nothing known."""
    found: dict[int, str] = {}
    if alerts:
        with translation.override(language):
            for reads in _READERS:
                found |= {pk: text for pk, text in reads(alerts, business_id).items() if text}
    return found


def link_of(alert: Alert) -> str:
    """The address that leads to what the alert is about (``alerts:go``), whole; only its path without ``PUBLIC_URL``."""
    return f"{settings.ENV.public_url}/alerts/{alert.public_id}"
