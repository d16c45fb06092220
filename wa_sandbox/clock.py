"""The sandbox's clock: the machine's time plus an offset, so that windows of hours can be passed in a test."""

import time


class Clock:
    """Seconds since 1970 (UTC), moved forward on request and never back."""

    __slots__ = ("offset",)

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Seconds since 1970, UTC, with the offset added."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError("The clock can only be moved forward: give a positive number of seconds.")
        self.offset += seconds
