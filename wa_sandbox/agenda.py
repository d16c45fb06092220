"""Things that happen at a time of the sandbox's clock and are no step of a message: a review ends, a pause is over."""

import asyncio
import heapq
from collections.abc import Callable

from wa_sandbox.clock import Clock

NAP_SECONDS = 0.05


class Agenda:
    """Named appointments. Making one anew under the same name replaces the earlier one."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, str]] = []
        self._todo: dict[str, tuple[int, Callable[[], object]]] = {}
        self._made = 0
        self._some = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Appointments still to come."""
        return len(self._todo)

    def put(self, name: str, due: float, do: Callable[[], object]) -> None:
        """Call `do` once the clock has reached `due` (seconds since 1970)."""
        self._made += 1
        self._todo[name] = (self._made, do)
        heapq.heappush(self._heap, (due, self._made, name))
        self._some.set()

    def cancel(self, name: str) -> None:
        """Drop an appointment, if there is one of this name."""
        self._todo.pop(name, None)

    async def run(self) -> None:
        """Keep the appointments, for ever. The clock may jump, so it is looked at again and again."""
        while True:
            if not self._heap:
                self._some.clear()
                await self._some.wait()
            while self._heap and self._heap[0][0] <= self.clock.now():
                _, made, name = heapq.heappop(self._heap)
                found = self._todo.get(name)
                if found is not None and found[0] == made:
                    del self._todo[name]
                    found[1]()
            await asyncio.sleep(NAP_SECONDS)
