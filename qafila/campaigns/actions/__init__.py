"""Verbs that write: contracts from their posting to their end."""

from qafila.campaigns.actions.copying import copy_contract
from qafila.campaigns.actions.creating import Created, StrictRejected, create_contract
from qafila.campaigns.actions.failed import clear_failed, retry_failed
from qafila.campaigns.actions.resolving import resolve_messages
from qafila.campaigns.actions.running import (
    Started,
    confirm_duplicate,
    delete_contract,
    pause_contract,
    start_contract,
)
from qafila.campaigns.actions.several import Verb, change_messages
from qafila.campaigns.actions.uploading import create_contract_from_file

__all__ = [
    "Created",
    "Started",
    "StrictRejected",
    "Verb",
    "change_messages",
    "clear_failed",
    "confirm_duplicate",
    "copy_contract",
    "create_contract",
    "create_contract_from_file",
    "delete_contract",
    "pause_contract",
    "resolve_messages",
    "retry_failed",
    "start_contract",
]
