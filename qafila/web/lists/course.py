"""How far a bulk action has come: told by what does it, row by row or chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence


class Course:
    """Of an action that a request does itself: nobody looks at it meanwhile.

    :ivar changed: to how many rows it was done.
    """

    def __init__(self, changed: int = 0) -> None:
        self.changed = changed

    def begins(self, key: int) -> bool:
        """Whether nobody dealt with this row yet; for what must not be done twice to one row.

        Call it in the transaction that deals with the row. Keys ascend from call to call.
        """
        return bool(self.rest([key]))

    def rest(self, keys: Sequence[int]) -> Sequence[int]:
        """Those of these rows that nobody dealt with yet, where many are dealt with in one transaction. As :meth:`begins`."""
        return keys

    def tell(self, looked: int, changed: int) -> None:
        """So many more rows were looked at, and it was done to so many of them. Call it in the transaction that did it."""
        del looked
        self.changed += changed
