"""Conversations as the phones show them, for the page: bounded, so that a million messages do not fill the memory."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

THREADS_KEPT = 500
BUBBLES_KEPT = 60


@dataclass(slots=True)
class Bubble:
    """One line of a chat. `mine`: sent by the business.

    `shown`: what a phone shows beyond the text (media, buttons, a list, a place; README.md), None for plain text.
    `quoted`: the message it answers. `seen`: the business marked it as read. `reactions`: who ("business", "person") →
    emoji. `edited`, `gone`: by the person.
    """

    wamid: str
    mine: bool
    text: str
    at: float
    shown: dict[str, Any] | None = None
    quoted: str | None = None
    seen: bool = False
    edited: bool = False
    gone: bool = False
    reactions: dict[str, str] | None = None

    def react(self, who: str, emoji: str) -> None:
        """Put an emoji on it, or take it away with ""."""
        self.reactions = {**(self.reactions or {}), who: emoji}
        if not emoji:
            del self.reactions[who]


@dataclass(slots=True)
class Thread:
    """What was said between one number and one person, oldest first. `typing_until`: the business is typing."""

    number_id: str
    wa_id: str
    bubbles: list[Bubble] = field(default_factory=list)
    typing_until: float = 0.0

    def find(self, wamid: str) -> Bubble | None:
        """The bubble of a message, if it is still kept."""
        return next((bubble for bubble in self.bubbles if bubble.wamid == wamid), None)


class Threads:
    """The latest conversations, the most recent last."""

    def __init__(self) -> None:
        self._threads: OrderedDict[tuple[str, str], Thread] = OrderedDict()

    def add(self, number_id: str, wa_id: str, bubble: Bubble) -> None:
        """Put a bubble at the end of its conversation and the conversation on top."""
        key = (number_id, wa_id)
        thread = self._threads.get(key)
        if thread is None:
            thread = self._threads[key] = Thread(number_id, wa_id)
            if len(self._threads) > THREADS_KEPT:
                self._threads.popitem(last=False)
        else:
            self._threads.move_to_end(key)
        if bubble.mine:
            thread.typing_until = 0.0
        thread.bubbles.append(bubble)
        if len(thread.bubbles) > BUBBLES_KEPT:
            del thread.bubbles[0]

    def get(self, number_id: str, wa_id: str) -> Thread | None:
        """One conversation, if it is still kept."""
        return self._threads.get((number_id, wa_id))

    def latest(self, count: int) -> Iterable[Thread]:
        """So many conversations, the most recent first."""
        for key in list(reversed(self._threads))[:count]:
            yield self._threads[key]
