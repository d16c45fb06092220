"""Verbs that write: contracts from their posting to their end."""

from qafila.campaigns.actions.adding import Added, add_rows
from qafila.campaigns.actions.archiving import archive_contract, unarchive_contract
from qafila.campaigns.actions.copying import copy_contract
from qafila.campaigns.actions.creating import Created, StrictRejected, create_contract
from qafila.campaigns.actions.directed import for_direction
from qafila.campaigns.actions.failed import clear_failed, retry_failed
from qafila.campaigns.actions.moving import check_move, move_contract
from qafila.campaigns.actions.open_messages import (
    Opened,
    Reach,
    cancel_open_message,
    create_open_message,
    open_message_made,
    reach_of,
    resume_open_message,
)
from qafila.campaigns.actions.planning import (
    begin_planned,
    call_off,
    plan_contract,
    plan_draft,
)
from qafila.campaigns.actions.resolving import resolve_messages
from qafila.campaigns.actions.running import (
    Hold,
    Started,
    confirm_duplicate,
    delete_contract,
    pause_contract,
    resume_contract,
    start_contract,
)
from qafila.campaigns.actions.several import Verb, change_messages
from qafila.campaigns.actions.uploading import create_contract_from_file

__all__ = [
    "Added",
    "Created",
    "Hold",
    "Opened",
    "Reach",
    "Started",
    "StrictRejected",
    "Verb",
    "add_rows",
    "archive_contract",
    "begin_planned",
    "call_off",
    "cancel_open_message",
    "change_messages",
    "check_move",
    "clear_failed",
    "confirm_duplicate",
    "copy_contract",
    "create_contract",
    "create_contract_from_file",
    "create_open_message",
    "delete_contract",
    "for_direction",
    "move_contract",
    "open_message_made",
    "pause_contract",
    "plan_contract",
    "plan_draft",
    "reach_of",
    "resolve_messages",
    "resume_contract",
    "resume_open_message",
    "retry_failed",
    "start_contract",
    "unarchive_contract",
]
