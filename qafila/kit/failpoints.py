"""Places where a test may kill the process, to prove what a crash there leaves behind.

``QAFILA_FAILPOINT=claimed:3`` kills this process with SIGKILL the third time it passes ``claimed``; ``claimed:3:freeze`` stops it
there with SIGSTOP, as a suspended machine would. Without the variable a failpoint costs one comparison.
"""

from __future__ import annotations

import os
import signal

_name, _count, _how = (*os.environ.get("QAFILA_FAILPOINT", "").split(":"), "", "")[:3]
_left = int(_count or 1)
_SIGNAL = signal.SIGSTOP if _how == "freeze" else signal.SIGKILL

NAMES = (
    "lanes_taken",
    "before_claim",
    "claimed",
    "before_call",
    "during_call",
    "after_call",
    "before_record",
    "recorded",
    "before_sleep",
    "webhook_stored",
    "before_receipts",
    "receipts_applied",
    "import_chunk",
)
"""Every crash point there is, in the order a message meets them."""


def armed(name: str) -> bool:
    """Whether a test wants this process to die at a point: for places that need preparation."""
    return name == _name


def failpoint(name: str) -> None:
    """Ends (or freezes) the process on the spot, as ``kill -9`` would, if a test asked for it here."""
    global _left  # noqa: PLW0603 - one counter for the life of the process is the point
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), _SIGNAL)
