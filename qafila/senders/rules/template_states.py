"""What a template's status means for sending."""

from __future__ import annotations

APPROVED = "APPROVED"
DELETED = "DELETED"
PAUSED = frozenset({"PAUSED"})
"""Comes back by itself after hours; what waits for it goes on then."""
REFUSED = frozenset({"REJECTED", "DISABLED"})
_SAME = {"REINSTATED": APPROVED, "UNARCHIVED": APPROVED}
_MAY_SEND = frozenset({APPROVED, "FLAGGED"})
"""FLAGGED: its quality is low and it may be paused soon; until then it works."""


def normal(status: str) -> str:
    """The status as it is kept: some words of webhooks mean a status that there was before."""
    return _SAME.get(status, status)


def may_send(status: str) -> bool:
    """Whether messages may go out with a template of this status. A status that nobody knows: no."""
    return normal(status) in _MAY_SEND


def code_of(status: str) -> str:
    """The wording code of why it may not be used."""
    if status in PAUSED:
        return "template_paused"
    if status in REFUSED:
        return "template_rejected" if status == "REJECTED" else "template_disabled"
    return "template_not_approved"
