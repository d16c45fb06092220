"""One suite that every kind of provider passes. A kind is a :class:`Side` in ``sides/`` and a row in ``sides/__init__.py``."""

from tests.providers.conformance.side import (
    ADDRESS,
    APP_SECRET,
    CANARIES,
    EXAMPLES,
    MUTE,
    NEVER_CONNECTED,
    TEXT,
    TOKEN,
    VERIFY_TOKEN,
    Accident,
    Side,
    comparable,
    everything_said,
    outgoing,
    told,
    walk,
)

__all__ = [
    "ADDRESS",
    "APP_SECRET",
    "CANARIES",
    "EXAMPLES",
    "MUTE",
    "NEVER_CONNECTED",
    "TEXT",
    "TOKEN",
    "VERIFY_TOKEN",
    "Accident",
    "Side",
    "comparable",
    "everything_said",
    "outgoing",
    "told",
    "walk",
]
