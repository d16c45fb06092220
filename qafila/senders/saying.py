"""A number's state in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from qafila import wording
from qafila.senders.models import Sender
from qafila.senders.queries import effective
from qafila.wording import Wording


def state_says(sender: Sender, language: str) -> Wording:
    """What holds a number, why, and what to do; also for one that is ready. Moments are those of the zone that is active.

    :param sender: with its provider account.
    """
    found = effective(sender)
    account = sender.provider_account
    params: dict[str, object] = {"sender": sender.name}
    if found.reason:
        params["reason"] = found.reason
    if sender.rest_until is not None:
        params["until"] = f"{timezone.localtime(sender.rest_until):%Y-%m-%d %H:%M}"
    if found.by_account and account is not None:
        return wording.say("account_stopped", language, account=account.name, **params)
    return wording.say(f"sender_{found.state}", language, **params)


def steps_say(steps: Iterable[Any], language: str) -> list[Wording]:
    """How a number was chosen (``rules.resolution``), each step in words; also steps as a campaign keeps them."""
    return [
        wording.say(step[0], language, **step[1])
        for step in steps
        if isinstance(step, list | tuple)
        and len(step) == 2
        and isinstance(step[0], str)
        and isinstance(step[1], Mapping)
    ]
