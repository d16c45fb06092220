"""Where a message for a direction would go now, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from qafila.businesses.models import Business
from qafila.campaigns.queries.of_direction import Load, loads
from qafila.senders.direction_models import Direction
from qafila.senders.direction_queries import Resolution, resolve_all
from qafila.senders.rules.resolution import Purpose
from qafila.senders.saying import steps_say
from qafila.wording import Wording

NOTHING = Load()


@dataclass(frozen=True, slots=True)
class Card:
    """One direction.

    :ivar served: the number for messages, :ivar ads: for ads. :ivar steps: how it came to the first, in words.
    :ivar load: what its campaigns have to do.
    """

    row: Direction
    served: Resolution
    ads: Resolution
    steps: Sequence[Wording]
    ads_steps: Sequence[Wording]
    load: Load = NOTHING

    @property
    def differs(self) -> bool:
        """Whether ads get another number than messages."""
        return self.served.phone != self.ads.phone


def cards(rows: Sequence[Direction], business: Business, *, now: datetime) -> list[Card]:
    """In the same order, in a fixed number of statements."""
    language = get_language() or "en"
    sending = resolve_all(rows, business, now=now)
    ads = resolve_all(rows, business, purpose=Purpose.ADS, now=now)
    load = loads(business.pk, [row.pk for row in rows], now=now)
    return [
        Card(
            row,
            to,
            for_ads,
            steps_say(to.steps, language),
            steps_say(for_ads.steps, language),
            load.get(row.pk, NOTHING),
        )
        for row, to, for_ads in zip(rows, sending, ads, strict=True)
    ]
