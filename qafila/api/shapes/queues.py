"""The queue at a glance."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field


class ContractQueue(Schema):
    waiting: int = Field(description="PENDING or PAUSED.")
    active: int
    completed: int
    failed: int


class MessageQueue(Schema):
    waiting: int
    active: int
    completed: int
    failed: int = Field(description="Failed or skipped.")
    uncertain: int
    cancelled: int


class QueueStatus(Schema):
    contracts: ContractQueue
    messages: MessageQueue
