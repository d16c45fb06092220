"""An alert in the reader's language."""

from __future__ import annotations

from qafila import wording
from qafila.alerts.models import Alert
from qafila.wording import Wording

_OWN = frozenset({"code", "language"})
"""Names that the wording keeps for itself."""


def says(alert: Alert, language: str) -> Wording:
    """What it says, why, and what to do."""
    params = {name: value for name, value in alert.params.items() if name not in _OWN}
    return wording.say(alert.code, language, **params)
