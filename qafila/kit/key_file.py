"""The key file of a data folder: made at the first start, readable by its owner only, newest key last written.

``{"version": 1, "keys": [{"id": "…", "key": "<base64>", "created_at": "2026-11-21T03:47:00+00:00"}]}``, newest first.
Whoever has the database and this file can read the secrets in it: back it up apart from the database.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import secrets
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

from qafila.kit.crypto import CryptoCode, CryptoError, Key, Keyring, new_key

_MODE = 0o600


def load_or_create(path: Path, *, now: datetime) -> Keyring:
    """The keyring of a data folder; makes the file with one new key if there is none.

    Safe when several processes start at once: one of them makes the file, all of them read the same.

    :raises CryptoError: ``key_file_unreadable``; ``key_file_open_to_others`` when its mode lets others read it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = _write_beside(path, [_entry(new_key(), now)])
        try:
            # A link fails if somebody was quicker, where a rename would replace the winner's keys.
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
        finally:
            fresh.unlink()
    return Keyring([_key(entry) for entry in _read(path)])


def add_key(path: Path, *, now: datetime) -> Keyring:
    """Adds a new key, which encrypts from now on; the older ones go on opening. Processes must reload the file.

    :raises CryptoError: as :func:`load_or_create`.
    """
    entries = [_entry(new_key(), now), *_read(path)]
    _write_beside(path, entries).replace(path)
    return Keyring([_key(entry) for entry in entries])


def drop_keys(path: Path, *, keep: frozenset[str]) -> Keyring:
    """Removes the keys that no sealed value needs any more; the newest always stays.

    :param keep: ids of keys that must stay.
    :raises CryptoError: as :func:`load_or_create`.
    """
    entries = _read(path)
    kept = [entry for place, entry in enumerate(entries) if place == 0 or entry.get("id") in keep]
    _write_beside(path, kept).replace(path)
    return Keyring([_key(entry) for entry in kept])


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise CryptoError(
                CryptoCode.KEY_FILE_OPEN_TO_OTHERS,
                f"The key file {path} can be read by other users. Run: chmod 600 {path}",
            )
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
    except (OSError, ValueError, KeyError, TypeError) as refusal:
        raise _unreadable(path) from refusal
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise _unreadable(path)
    return entries


def _unreadable(path: Path) -> CryptoError:
    return CryptoError(
        CryptoCode.KEY_FILE_UNREADABLE,
        f"The key file {path} cannot be read. Restore it from a backup; without it the stored secrets cannot be opened.",
    )


def _key(entry: dict[str, Any]) -> Key:
    try:
        return Key(str(entry["id"]), base64.b64decode(entry["key"], validate=True))
    except (KeyError, TypeError, binascii.Error, ValueError) as refusal:
        raise CryptoError(
            CryptoCode.KEY_FILE_UNREADABLE, "An entry of the key file cannot be read."
        ) from refusal


def _entry(key: Key, now: datetime) -> dict[str, Any]:
    return {"id": key.id, "key": base64.b64encode(key.material).decode(), "created_at": now.isoformat()}


def _write_beside(path: Path, entries: list[dict[str, Any]]) -> Path:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "keys": entries}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return fresh
