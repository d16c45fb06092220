"""A provider inside the process, for tests and rehearsals: it sends nothing and remembers everything."""

from qafila.providers.memory.provider import MemoryProvider, Outcome, Sent, accept

__all__ = ["MemoryProvider", "Outcome", "Sent", "accept"]
