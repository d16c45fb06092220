"""The secrets of provider accounts: encrypted at rest, each bound to its row."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from qafila.businesses.keyring import key_path, keyring

if TYPE_CHECKING:
    from qafila.senders.models import ProviderAccount

__all__ = ["Secrets", "key_path", "keyring", "open_", "place", "seal"]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens a provider's door.

    :ivar token: authorises our calls.
    :ivar app_secrets: sign the webhooks; newest first, two during a change.
    :ivar former_until: until when the former app secret is still good, in POSIX seconds; 0: until the next change.
    :ivar verify_token: the provider shows it when it asks for the webhook's address.
    """

    token: str = field(default="", repr=False)
    app_secrets: list[str] = field(default_factory=list, repr=False)
    verify_token: str = field(default="", repr=False)
    former_until: float = 0.0

    def signing(self, now: datetime) -> list[str]:
        """The app secrets with which a webhook may be signed now."""
        over = self.former_until and now.timestamp() >= self.former_until
        return self.app_secrets[:1] if over else self.app_secrets


def seal(*, business_id: int, public_id: uuid.UUID, secrets: Secrets) -> str:
    """Encrypts the secrets of one account, for its row only."""
    known = asdict(secrets)
    if not secrets.former_until:
        del known["former_until"]  # so that a process of the version before can read it
    return keyring().encrypt(json.dumps(known), place(business_id, public_id))


def open_(account: ProviderAccount) -> Secrets:
    """Decrypts them. An account without any has empty ones.

    :raises CryptoError: ``key_unknown``, ``token_refused`` (changed, or copied from another row), ``token_malformed``.
    """
    if not account.secrets:
        return Secrets()
    known = json.loads(keyring().decrypt(account.secrets, place(account.business_id, account.public_id)))
    return Secrets(**{name: value for name, value in known.items() if name in Secrets.__dataclass_fields__})


def place(business_id: int, public_id: uuid.UUID) -> str:
    """What a sealed value is bound to."""
    return f"business:{business_id}/senders.ProviderAccount/{public_id}/secrets"
