"""What stands between the claim and the call: one list of small functions, used by the engine and the forecast alike.

"Why not yet" and "why skipped" on a page is a gate's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from qafila.dispatch.rules import time_lock
from qafila.senders.rules import restrictions

WINDOW_SECONDS = 86_400.0
WINDOW_MARGIN = 60.0
"""A window that shuts within a minute counts as shut: the message travels too."""
ASK_AGAIN_SECONDS = 3_600.0
"""What a restriction holds is asked about again so often: it may be lifted before its end."""


class Facts(NamedTuple):
    """What the gates may know. Times are POSIX seconds.

    :ivar reply: a person's answer (or one to a person), not a campaign: a STOP does not forbid it.
    :ivar free_text: not a template.
    :ivar official: the provider keeps a 24 h window.
    :ivar last_inbound: when the person last wrote to this sender, or None.
    :ivar pair_free_at: when the pair limit lets this person be written to.
    :ivar answers_only_until: until then the provider lets this number answer people only; 0: it may begin conversations.
    :ivar rests_for: why it may not, a wording code.
    """

    opted_out: bool
    reply: bool
    free_text: bool
    official: bool
    last_inbound: float | None
    pair_free_at: float
    answers_only_until: float = 0.0
    rests_for: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Never send it; the reason is a wording code."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotBefore:
    """Send it, but not before this moment; the reason is a wording code."""

    at: float
    reason: str


Verdict = Skip | NotBefore | None
Gate = Callable[[Facts, float], Verdict]


def opted_out(facts: Facts, now: float) -> Verdict:
    """First of all: who said STOP is not written to. An agent's answer to somebody who writes again is."""
    del now
    return Skip("opted_out") if facts.opted_out and not facts.reply else None


def window(facts: Facts, now: float) -> Verdict:
    """Free text on an official number only while the person's 24 h window is open."""
    if facts.official and facts.free_text and not window_open(facts.last_inbound, now):
        return Skip("window_closed")
    return None


def new_chats(facts: Facts, now: float) -> Verdict:
    """While the provider forbids to begin conversations, a template to somebody whose window has closed waits: it would begin one."""
    if not facts.official or facts.answers_only_until <= now:
        return None
    if facts.free_text or window_open(facts.last_inbound, now):
        return None
    return NotBefore(min(facts.answers_only_until, now + ASK_AGAIN_SECONDS), restrictions.NO_NEW_CHATS)


def strangers(facts: Facts, now: float) -> Verdict:
    """The same of a phone-linked number: whoever never wrote to it is not written to, whatever the message is called."""
    if facts.official or facts.answers_only_until <= now or facts.last_inbound is not None:
        return None
    until = min(facts.answers_only_until, now + ASK_AGAIN_SECONDS)
    return NotBefore(until, time_lock.why_strangers_wait(facts.rests_for))


def pair(facts: Facts, now: float) -> Verdict:
    """Not twice to one person within the pair limit."""
    return NotBefore(facts.pair_free_at, "pair_limit") if facts.pair_free_at > now else None


GATES: tuple[Gate, ...] = (opted_out, window, new_chats, strangers, pair)


def window_open(last_inbound: float | None, now: float) -> bool:
    """Whether free text may go out."""
    return last_inbound is not None and now < last_inbound + WINDOW_SECONDS - WINDOW_MARGIN


def ask(facts: Facts, now: float) -> Verdict:
    """The first gate that objects, or None: go."""
    for gate in GATES:
        verdict = gate(facts, now)
        if verdict is not None:
            return verdict
    return None
