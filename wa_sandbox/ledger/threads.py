"""Conversations as the phones show them, for the page: bounded, so that a million messages do not fill the memory."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

THREADS_KEPT = 500
BUBBLES_KEPT = 60


@dataclass(slots=True)
class Bubble:
    """One line of a chat. `mine`: sent by the business."""

    wamid: str
    mine: bool
    text: str
    at: float


@dataclass(slots=True)
class Thread:
    """What was said between one number and one person, oldest first."""

    number_id: str
    wa_id: str
    bubbles: list[Bubble] = field(default_factory=list)


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
        thread.bubbles.append(bubble)
        if len(thread.bubbles) > BUBBLES_KEPT:
            del thread.bubbles[0]

    def latest(self, count: int) -> Iterable[Thread]:
        """So many conversations, the most recent first."""
        for key in list(reversed(self._threads))[:count]:
            yield self._threads[key]
