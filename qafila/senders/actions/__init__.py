"""Verbs that write: provider accounts, senders, and what state they are in."""

from qafila.senders.actions.accounts import (
    allow_private_network,
    change_config,
    change_secrets,
    create_provider_account,
    resume_account,
    rotate_encryption,
    stop_account,
    stop_account_for_worse,
)
from qafila.senders.actions.changing import KEEP, Keep, change_sender
from qafila.senders.actions.directions import change_direction, create_direction, delete_direction
from qafila.senders.actions.everywhere import PAUSED_ALL, pause_all, resume_all
from qafila.senders.actions.gateways import add_account, connect_number
from qafila.senders.actions.listing import add_number, adopt_old_number, change_number, delete_number
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
    stop_for_worse,
    stop_sender,
)
from qafila.senders.actions.work import LONGEST_REST, Resumed, rest_by_hand, resume_work

__all__ = [
    "KEEP",
    "LONGEST_REST",
    "PAUSED_ALL",
    "Keep",
    "Resumed",
    "add_account",
    "add_number",
    "adopt_old_number",
    "allow_private_network",
    "change_config",
    "change_direction",
    "change_number",
    "change_secrets",
    "change_sender",
    "connect_number",
    "connect_sender",
    "create_direction",
    "create_provider_account",
    "create_sender",
    "delete_direction",
    "delete_number",
    "end_rest",
    "pause_all",
    "pause_sender",
    "rest_by_hand",
    "rest_sender",
    "resume_account",
    "resume_all",
    "resume_sender",
    "resume_work",
    "rotate_encryption",
    "set_default_template",
    "set_use_limits",
    "stop_account",
    "stop_account_for_worse",
    "stop_for_worse",
    "stop_sender",
]
