"""The secrets of an endpoint: sealed for its row; the former ones sign too until their time is over."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from qafila.businesses.keyring import keyring
from qafila.events.webhooks.rules.signing import new_secret

if TYPE_CHECKING:
    from qafila.events.webhooks.models import WebhookEndpoint

FORMER_KEPT: Final = timedelta(hours=24)
"""So long both sign after a replacement."""
MOST_FORMER: Final = 2


@dataclass(frozen=True, slots=True)
class Held:
    """What signs.

    :ivar former: (secret, POSIX second until which it signs too), newest first.
    """

    current: str = field(repr=False)
    former: tuple[tuple[str, float], ...] = field(default=(), repr=False)

    def signing(self, now: datetime) -> list[str]:
        """Every secret that signs now, newest first."""
        return [self.current, *(secret for secret, until in self.former if now.timestamp() < until)]

    def replaced(self, now: datetime) -> Held:
        """A fresh one; the one before stays for a day."""
        still = [(secret, until) for secret, until in self.former if now.timestamp() < until]
        before = (self.current, (now + FORMER_KEPT).timestamp())
        return Held(new_secret(), (before, *still)[:MOST_FORMER])


def fresh() -> Held:
    """Of a new endpoint."""
    return Held(new_secret())


def seal(held: Held, *, business_id: int, public_id: uuid.UUID) -> str:
    """Encrypts them, for this row only."""
    known = json.dumps({"current": held.current, "former": [list(one) for one in held.former]})
    return keyring().encrypt(known, place(business_id, public_id))


def open_(endpoint: WebhookEndpoint) -> Held:
    """Decrypts those of an endpoint. Raises :class:`CryptoError` as :func:`open_sealed` does."""
    return open_sealed(endpoint.secrets, business_id=endpoint.business_id, public_id=endpoint.public_id)


def open_sealed(sealed: str, *, business_id: int, public_id: uuid.UUID) -> Held:
    """Decrypts them.

    :raises CryptoError: ``key_unknown``, ``token_refused`` (changed, or copied from another row), ``token_malformed``.
    """
    known = json.loads(keyring().decrypt(sealed, place(business_id, public_id)))
    return Held(known["current"], tuple((str(secret), float(until)) for secret, until in known["former"]))


def place(business_id: int, public_id: uuid.UUID) -> str:
    """What a sealed value is bound to."""
    return f"business:{business_id}/events.WebhookEndpoint/{public_id}/secrets"
