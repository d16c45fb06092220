"""The two ways a request can end without an answer, and the one place where the library's errors become ours.

The difference decides whether a message may be sent again, so it is drawn from one certain sign only. The exception
*types* of the library do not draw it: version 0.15.1 raises ``ConnectError`` when an established connection is reset and
``ConnectTimeoutError`` when the answer does not come. Its chain of causes does: hyper names the phase in which the
client failed, and the phase "Connect" (DNS, TCP, TLS) ends before the first byte of a request is written. Whatever does
not carry that sign counts as lost. Should a later version word it differently, connections refused would be called
lost (and ``tests/kit/test_http_faults.py`` would fail), never the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from pyreqwest.exceptions import (
    BodyDecodeError,
    BuilderError,
    ClientClosedError,
    DecodeError,
    DetailedPyreqwestError,
    PyreqwestError,
    RequestTimeoutError,
)

CONNECT_PHASE = "client error (Connect)"


class HttpFault(Exception):
    """A request ended without an answer.

    :ivar reason: a short stable code, e.g. ``connect_timeout``.
    :ivar target: scheme, host and path of the request; never its query, which may carry a secret.
    """

    def __init__(self, reason: str, target: str = "") -> None:
        super().__init__(f"{reason} ({target})" if target else reason)
        self.reason = reason
        self.target = target


class NotConnected(HttpFault):
    """Certain: no byte of the request reached the peer. It may be sent again.

    Reasons: ``dns_failed``, ``connect_failed``, ``connect_timeout``, ``tls_failed``, ``no_free_connection`` (all of the
    client's connections were busy too long), ``bad_request`` (URL or header cannot be sent at all), ``client_closed``.
    """


class Lost(HttpFault):
    """A connection was there; nobody can say what the peer received and did. Never to be sent again by itself.

    Reasons: ``response_lost`` (closed or reset), ``response_timeout``, ``response_truncated``, ``response_too_large``,
    ``response_garbled`` (not HTTP), ``client_closed`` (closed while the request was under way), ``body_length_wrong``
    (we had more or less to send than we said).
    """


def target_of(url: str) -> str:
    """The part of a URL that may be shown: scheme, host, port and path, at most 200 characters."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "invalid URL"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def translate(exc: PyreqwestError, url: str) -> HttpFault:
    """Our exception for the library's, which is stripped of the URL so that a traceback shows no secret either."""
    causes = strip(exc)
    if isinstance(exc, BuilderError):
        return NotConnected("bad_request", target_of(url))
    if CONNECT_PHASE in causes:
        return NotConnected(connect_reason(exc, causes), target_of(url))
    return Lost(lost_reason(exc, causes), target_of(url))


def connect_reason(exc: PyreqwestError, causes: Sequence[str]) -> str:
    if isinstance(exc, RequestTimeoutError):
        return "connect_timeout"
    if "dns error" in causes:
        return "dns_failed"
    # A failure of TLS carries neither a TCP error nor one of the operating system.
    if "tcp connect error" in causes or any("os error" in cause for cause in causes):
        return "connect_failed"
    return "tls_failed"


def lost_reason(exc: PyreqwestError, causes: Sequence[str]) -> str:
    if isinstance(exc, RequestTimeoutError):
        return "response_timeout"
    if isinstance(exc, ClientClosedError):
        return "client_closed"
    if isinstance(exc, BodyDecodeError) or "error reading a body from connection" in causes:
        return "response_truncated"
    if isinstance(exc, DecodeError):
        return "response_garbled"
    return "response_lost"


def strip(exc: PyreqwestError) -> list[str]:
    """Takes the URL out of the library's exception, in place, and returns its causes as text.

    The first cause of an error while sending is the sentence "error sending request for url (…)", query included.
    """
    if not isinstance(exc, DetailedPyreqwestError):
        return []
    causes = [cause["message"] for cause in exc.details.get("causes") or []]
    kept = [cause for cause in causes if " for url (" not in cause]
    exc.details = {"causes": [{"message": cause} for cause in kept]}
    exc.args = (exc.message, exc.details)
    return kept
