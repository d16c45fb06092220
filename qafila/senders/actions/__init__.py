"""Verbs that write: provider accounts, senders, and what state they are in."""

from qafila.senders.actions.accounts import (
    change_secrets,
    create_provider_account,
    resume_account,
    rotate_encryption,
    stop_account,
)
from qafila.senders.actions.numbers import (
    connect_sender,
    create_sender,
    set_default_template,
    set_use_limits,
)
from qafila.senders.actions.states import (
    end_rest,
    pause_sender,
    rest_sender,
    resume_sender,
    stop_sender,
)

__all__ = [
    "change_secrets",
    "connect_sender",
    "create_provider_account",
    "create_sender",
    "end_rest",
    "pause_sender",
    "rest_sender",
    "resume_account",
    "resume_sender",
    "rotate_encryption",
    "set_default_template",
    "set_use_limits",
    "stop_account",
    "stop_sender",
]
