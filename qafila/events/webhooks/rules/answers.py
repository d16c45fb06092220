"""What an endpoint's answer means, and what of it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from qafila.kit.http import Answer, Forbidden, HttpFault
from qafila.kit.redaction import scrub

SNIPPET: Final = 1_000
"""Characters of an answer that are kept."""
OUR_FAULT: Final = "fault_of_ours"
"""Code of a try that ended in a fault of our own: it counts, so that the schedule ends it as it ends every other."""
_GONE: Final = 410
_READ: Final = 8_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one try ended.

    :ivar status: HTTP status; 0 without an answer.
    :ivar code: why it does not count as delivered; "" where it does: ``answer_not_ok``, ``answer_redirects``, ``gone``,
        ``address_forbidden`` and the other codes of ``kit.http`` (``connect_failed``, ``response_timeout`` …);
        :data:`OUR_FAULT`: neither of the two did anything wrong.
    :ivar gone: the endpoint says that it wants nothing more (410).
    :ivar asked: seconds of ``Retry-After``.
    """

    status: int
    code: str
    snippet: str = ""
    gone: bool = False
    asked: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the endpoint has it."""
        return not self.code


def of_answer(answer: Answer, *, now: datetime) -> Verdict:
    """2xx is delivered; a redirect is not followed and counts as a failure; 410 switches the endpoint off."""
    snippet = shown(answer.body)
    if 200 <= answer.status < 300:
        return Verdict(answer.status, "", snippet)
    if answer.status == _GONE:
        return Verdict(answer.status, "gone", snippet, gone=True)
    code = "answer_redirects" if 300 <= answer.status < 400 else "answer_not_ok"
    return Verdict(answer.status, code, snippet, asked=_retry_after(answer.headers, now))


def of_fault(fault: HttpFault) -> Verdict:
    """No answer, or none that counts."""
    return Verdict(0, fault.code if isinstance(fault, Forbidden) else fault.reason)


def shown(body: bytes) -> str:
    """The beginning of a body as text, without control characters, secrets and phone numbers."""
    text = body[:_READ].decode("utf-8", "replace")
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return scrub(text)[:SNIPPET]


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # no date, or a zone that is ages wide
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
