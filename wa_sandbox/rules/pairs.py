"""One number and one person: the customer-service window and the pair limit.

Pair limit (131056): one message in 6 seconds. A burst of up to 45 within 6 seconds is let through and borrows from
the future: after a burst of n the next must wait until n times 6 seconds have passed since it began.
Source: provider facts A10 (restatements of Meta's page; UNVERIFIED in detail).
"""


class Pair:
    """What was sent from one number to one person, and until when the person's window is open. Times in seconds."""

    __slots__ = (
        "burst",
        "burst_began",
        "entry_until",
        "last_at",
        "owed_until",
        "template_id",
        "window_until",
    )

    def __init__(self) -> None:
        self.window_until = 0.0
        # Until when everything is free because the person came from an ad, and the template last sent.
        self.entry_until = 0.0
        self.template_id: str | None = None
        self.owed_until = 0.0
        self.burst_began = 0.0
        self.burst = 0
        self.last_at = 0.0

    def has_room(self, now: float, seconds: float, burst: int) -> bool:
        """Whether one more may be sent now."""
        return now >= self.owed_until or (now - self.burst_began < seconds and self.burst < burst)

    def add(self, now: float, seconds: float) -> None:
        """Note one more sent at `now`."""
        if now >= self.owed_until:
            self.burst_began, self.burst, self.owed_until = now, 1, now + seconds
        else:
            self.burst += 1
            self.owed_until += seconds
        self.last_at = now

    def open_window(self, now: float, seconds: float) -> None:
        """The person wrote: the window is open for so long from now."""
        self.window_until = max(self.window_until, now + seconds)
