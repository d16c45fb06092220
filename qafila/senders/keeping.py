"""What keeps a number from being deleted. Rooms above say it here, because this one cannot look up to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from qafila.senders.models import Sender

Keeper: TypeAlias = Callable[[Sender], bool]

_KEEPERS: Final[list[Keeper]] = []


def keeper(looks: Keeper) -> Keeper:
    """Registers a question: does anything that must stay hang on this number? Asked inside the transaction."""
    if looks not in _KEEPERS:
        _KEEPERS.append(looks)
    return looks


def is_kept(sender: Sender) -> bool:
    """Whether something must stay that hangs on the number: messages in the books, for one."""
    return any(looks(sender) for looks in _KEEPERS)
