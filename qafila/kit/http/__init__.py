"""Outgoing HTTP: one request, once, with a bounded answer, and two exceptions that never mislead about what was sent."""

from qafila.kit.http.client import Answer, HttpClient, close_shared, shared
from qafila.kit.http.faults import HttpFault, Lost, NotConnected

__all__ = ["Answer", "HttpClient", "HttpFault", "Lost", "NotConnected", "close_shared", "shared"]
