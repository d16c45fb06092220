"""The secrets of provider accounts: encrypted at rest, each bound to its row."""

from __future__ import annotations

import functools
import json
import uuid
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from qafila.kit import key_file
from qafila.kit.clock import SystemClock
from qafila.kit.crypto import Keyring

if TYPE_CHECKING:
    from qafila.senders.models import ProviderAccount


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


def keyring() -> Keyring:
    """The keys in use.

    With the setting ``QAFILA_ENCRYPTION_KEYS`` its first key seals, and all of them open; a key file that lies in the data
    folder all the same opens what was sealed before the setting was made (``qafila keys rotate-encryption`` ends the need
    for it). Without the setting: ``keys.json`` of the data folder, made at the first use. It is read again when it has
    changed, so that a running process knows a new key as soon as something is sealed with it.

    :raises CryptoError: ``secret_too_short``, ``key_file_unreadable``, ``key_file_open_to_others``.
    """
    given = settings.ENV.encryption_keys.get_secret_value()
    path = key_path()
    try:
        seen = path.stat()
    except FileNotFoundError:
        return _from_setting(given) if given else key_file.load_or_create(path, now=SystemClock().now())
    from_file = _from_file(path, seen.st_mtime_ns, seen.st_ino, seen.st_mode)
    return _from_setting(given).also_opening(from_file) if given else from_file


def key_path() -> Path:
    """The key file of the data folder, there or not."""
    return Path(settings.ENV.data) / "keys.json"


@functools.lru_cache(maxsize=2)
def _from_setting(given: str) -> Keyring:
    return Keyring.from_secrets(given)


@functools.lru_cache(maxsize=2)
def _from_file(path: Path, changed_at: int, inode: int, mode: int) -> Keyring:
    del changed_at, inode, mode  # they only tell one state of the file from another
    return key_file.load_or_create(path, now=SystemClock().now())
