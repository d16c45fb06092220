"""Outgoing HTTP: one request, once, with a bounded answer, and two exceptions that never mislead about what was sent."""

from qafila.kit.http.client import Answer, HttpClient, close_shared, shared
from qafila.kit.http.faults import HttpFault, Lost, NotConnected
from qafila.kit.http.guard import Door, glance
from qafila.kit.http.targets import Forbidden, Pinned

__all__ = [
    "Answer",
    "Door",
    "Forbidden",
    "HttpClient",
    "HttpFault",
    "Lost",
    "NotConnected",
    "Pinned",
    "close_shared",
    "glance",
    "shared",
]
