"""Which rests let a number go on answering people who wrote to it, while it begins no conversations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from qafila.dispatch.rules import time_lock
from qafila.senders.rules import restrictions

REST_MARK: Final = "answers_rest"
"""In a lane's pace: POSIX seconds until which answers rest too, because one was refused. Others than the lane write it as well
(``sql/rest_answers.sql``)."""


def goes_on(reason: str, *, official: bool) -> bool:
    """Whether a number that rests for this reason goes on answering.

    :param reason: ``Sender.state_reason``, a wording code. :param official: a number of Meta's, not one linked to a phone.
    """
    return reason == restrictions.NO_NEW_CHATS if official else time_lock.answers_go_on(reason)


def reasons(phone_linked: Iterable[str]) -> list[str]:
    """All reasons for which :func:`goes_on` says yes of one number or another.

    :param phone_linked: the kinds of phone-linked providers.
    """
    return [restrictions.NO_NEW_CHATS, *time_lock.reasons(phone_linked)]


def rest_until(pace: Mapping[str, Any]) -> float:
    """POSIX seconds until which answers rest too; 0: they do not.

    :param pace: of a lane.
    """
    return float(pace.get(REST_MARK, 0.0))
