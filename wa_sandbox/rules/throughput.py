"""How many messages a number had within any one second (80 or 1,000 are allowed; 130429 beyond).

Source: Meta's throughput page, restated in the provider facts, A10. Inbound messages count too.
"""

from collections import deque


class SlidingSecond:
    """Times of the last second, oldest first, and the most that were ever seen together."""

    __slots__ = ("peak", "times")

    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self.peak = 0

    def count(self, now: float) -> int:
        """How many fell within (now - 1, now]."""
        times = self.times
        edge = now - 1.0
        while times and times[0] <= edge:
            times.popleft()
        return len(times)

    def add(self, now: float) -> None:
        """Note one more at `now`."""
        self.times.append(now)
        self.peak = max(self.peak, self.count(now))
