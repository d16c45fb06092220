"""An alert in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.template.defaultfilters import filesizeformat
from django.utils import timezone, translation

from qafila import wording
from qafila.alerts.models import Alert
from qafila.wording import Wording

_OWN = frozenset({"code", "language"})
"""Names that the wording keeps for itself."""
_MOMENTS = frozenset({"since", "seen_at", "until"})
_BYTES = frozenset({"free"})
VARIANTS: Final = {("quality_low", "quality", "YELLOW"): "quality_medium"}
"""(code, parameter, its value) → the code whose words are said instead: a rating of Meta's is a word of each language."""


def says(alert: Alert, language: str) -> Wording:
    """What it says, why, and what to do. Moments are those of the zone that is active."""
    params = {name: _shown(name, value, language) for name, value in alert.params.items() if name not in _OWN}
    return wording.say(_code(alert), language, **params)


def _code(alert: Alert) -> str:
    return next(
        (
            code
            for (its, name, value), code in VARIANTS.items()
            if its == alert.code and alert.params.get(name) == value
        ),
        alert.code,
    )


def _shown(name: str, value: Any, language: str) -> Any:
    """What concerns the installation has no business whose clock it could have been written by, nor a language of its own."""
    if name in _BYTES and isinstance(value, int):
        with translation.override(language):
            return filesizeformat(value)
    if name in _MOMENTS and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment.tzinfo else value
    return value
