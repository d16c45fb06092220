"""The keys that seal what is secret at rest, for every room: from the settings, or from a file of the data folder."""

from __future__ import annotations

import functools
from pathlib import Path

from django.conf import settings

from qafila.kit import key_file
from qafila.kit.clock import SystemClock
from qafila.kit.crypto import Keyring


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
