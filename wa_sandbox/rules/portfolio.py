"""How many different people a portfolio began with, outside windows, in the moving 24 hours.

Source: Meta's messaging limits (provider facts A10): at portfolio level, shared by all its numbers.
"""

from collections import OrderedDict

DAY_SECONDS = 86_400.0


class UniquePeople:
    """wa_id → when it last counted, oldest first, and the most people ever counted together."""

    __slots__ = ("last", "peak")

    def __init__(self) -> None:
        self.last: OrderedDict[str, float] = OrderedDict()
        self.peak = 0

    def count(self, now: float) -> int:
        """How many different people counted within the last 24 hours."""
        last = self.last
        edge = now - DAY_SECONDS
        while last:
            wa_id, at = next(iter(last.items()))
            if at > edge:
                break
            del last[wa_id]
        return len(last)

    def has_room(self, wa_id: str, now: float, limit: int | None) -> bool:
        """Whether this person may be begun with: already counted, or there is room for one more."""
        count = self.count(now)
        return limit is None or wa_id in self.last or count < limit

    def add(self, wa_id: str, now: float) -> None:
        """Count a person at `now`."""
        self.last[wa_id] = now
        self.last.move_to_end(wa_id)
        self.peak = max(self.peak, self.count(now))
