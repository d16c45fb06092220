"""How a moment is written for machines: in answers of the API, in events, in webhooks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def stamp(moment: datetime) -> str: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds (cut, not rounded) and ``Z``, for example ``2026-03-01T09:30:00.250Z``.

    :param moment: aware, of any zone; None stays None.
    """
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
