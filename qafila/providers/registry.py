"""The providers that there are, as data. A new one is a folder and a row here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from qafila.providers.cloud_api import CloudApi
from qafila.providers.interface import Provider
from qafila.providers.memory import MemoryProvider


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of provider.

    :ivar title: the vendor's name as people know it; the same in every language.
    :ivar make: makes the provider, without connecting to anything.
    """

    title: str
    make: Callable[[], Provider]


KINDS: dict[str, Kind] = {
    "cloud_api": Kind("WhatsApp Cloud API", CloudApi),
    "memory": Kind("Memory (rehearsal)", MemoryProvider),
}


class UnknownKind(LookupError):
    """No provider has this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no provider of the kind {kind!r}; known are {', '.join(sorted(KINDS))}.")
        self.kind = kind


@functools.cache
def get(kind: str) -> Provider:
    """The process's provider of a kind. Raises :class:`UnknownKind`."""
    if kind not in KINDS:
        raise UnknownKind(kind)
    return KINDS[kind].make()
