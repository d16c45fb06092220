"""What happens to accepted messages, at its time: receipts, replies, blocks. One heap, one task."""

import asyncio
import heapq
from collections.abc import Callable

from wa_sandbox.clock import Clock
from wa_sandbox.ledger.message import Message

AT_ONCE = 400
LONGEST_NAP_SECONDS = 0.02


class Receipts:
    """The steps that are still to come. `happen(message, index)` is called when one is due."""

    def __init__(self, clock: Clock, speed: float, happen: Callable[[Message, int], None]) -> None:
        self.clock = clock
        self.speed = speed
        self._happen = happen
        self._heap: list[tuple[float, int, int, Message]] = []
        self._some = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Messages with steps still to come."""
        return len(self._heap)

    def due(self, message: Message, index: int) -> float:
        """When a step happens: seconds since 1970."""
        return message.at + message.steps[index].after / self.speed

    def add(self, message: Message, index: int, delay: float = 0.0) -> None:
        """Wait for a step of a message; the following ones are added as they come."""
        heapq.heappush(self._heap, (self.due(message, index) + delay, message.n, index, message))
        self._some.set()

    def forget(self) -> None:
        """Drop everything that was to come."""
        self._heap.clear()

    async def run(self) -> None:
        """Let things happen, for ever."""
        while True:
            if not self._heap:
                self._some.clear()
                await self._some.wait()
            now = self.clock.now()
            for _ in range(AT_ONCE):
                if not self._heap or self._heap[0][0] > now:
                    break
                _, _, index, message = heapq.heappop(self._heap)
                self._happen(message, index)
            nap = min(self._heap[0][0] - now, LONGEST_NAP_SECONDS) if self._heap else 0.0
            await asyncio.sleep(max(nap, 0.0))
