"""Which contracts take more rows, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from qafila.campaigns.rules.recipients import Recipient

ADDED_WITHIN: Final = timedelta(days=30)
"""So long after a contract was made it takes rows: its lists read everything that came into the books between its first row and
its last one."""
MOST_ROWS: Final = 2_000_000
"""Of one contract in all: as many as one file may have."""
_MOST_EXAMPLES: Final = 20


def takes_rows(
    *,
    complete: bool,
    adding: bool,
    archived: bool,
    made_at: datetime,
    standing: int,
    more: int,
    now: datetime,
) -> tuple[str, dict[str, Any]] | None:
    """Wording code and parameters of why a contract takes no rows now; None: it takes them.

    :param complete: the file it was made from is in the books to its end.
    :param adding: rows of a file are being added already.
    :param archived: it was put away.
    :param standing: rows it has. :param more: rows to come.
    """
    if archived:
        return "contract_archived", {}
    if not complete or adding:
        return "not_complete", {}
    if now - made_at > ADDED_WITHIN:
        return "contract_takes_no_rows", {"days": ADDED_WITHIN.days}
    if standing + more > MOST_ROWS:
        return "too_many_rows", {"limit": MOST_ROWS}
    return None


def refuse_repeated_numbers(rows: Iterable[Recipient]) -> None:
    """Each number gets one message: later rows of the same number are refused (reason ``duplicate``)."""
    first: dict[str, int] = {}
    for row in rows:
        if row.reason:
            continue
        earlier = first.setdefault(row.digits, row.row)
        if earlier != row.row:
            refuse_as_duplicate(row, earlier)


def refuse_as_duplicate(row: Recipient, earlier: int) -> None:
    """The row says what an earlier one says."""
    row.reason = "duplicate"
    row.words = {"row": earlier}


def with_warnings(standing: Iterable[dict[str, Any]], more: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A contract's warnings with those of the rows that were added: the same one is counted on."""
    found = {one["code"]: one for one in standing}
    for one in more:
        before = found.get(one["code"])
        if before is None:
            found[one["code"]] = one
            continue
        count = before["count"] + one["count"]
        params = {**before["params"], **({"count": count} if "count" in before["params"] else {})}
        rows = [*before["rows"], *one["rows"]][:_MOST_EXAMPLES]
        found[one["code"]] = {**before, "params": params, "count": count, "rows": rows}
    return list(found.values())
