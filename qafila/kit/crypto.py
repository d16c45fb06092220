"""Secrets at rest and secrets shown once: an AES-GCM keyring, API keys of which only a hash is kept, HMAC.

A token is ``q1.<key id>.<nonce and ciphertext>``. It is bound to its place (tenant, table, row, column) by additional
authenticated data (AAD): copied to another row it does not open.
"""

from __future__ import annotations

import base64
import binascii
import copy
import enum
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qafila.kit.ids import random_base62

KEY_BYTES = 32
MIN_SECRET_LENGTH = 32
_VERSION = "q1"
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9]{4,32}\Z")
_API_KEY = re.compile(r"qf_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})\Z")


class CryptoCode(enum.StrEnum):
    """Stable codes of :class:`CryptoError`."""

    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a code, not a credential
    KEY_UNKNOWN = "key_unknown"
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    SECRET_TOO_SHORT = "secret_too_short"  # noqa: S105
    NO_KEYS = "no_keys"
    KEY_FILE_UNREADABLE = "key_file_unreadable"
    KEY_FILE_OPEN_TO_OTHERS = "key_file_open_to_others"


class CryptoError(Exception):
    """Something could not be encrypted, opened or loaded. Carries a :class:`CryptoCode`, never a secret."""

    def __init__(self, code: CryptoCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Key:
    """One AES-256 key.

    :ivar id: 4 to 32 letters and digits; written into every token it makes.
    :ivar material: 32 bytes; ``repr`` does not show them.
    """

    id: str
    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.match(self.id) or len(self.material) != KEY_BYTES:
            raise CryptoError(
                CryptoCode.KEY_FILE_UNREADABLE, "An encryption key has a wrong id or a wrong length."
            )


def new_key() -> Key:
    """A fresh random key with a random id."""
    return Key(random_base62(8), secrets.token_bytes(KEY_BYTES))


def key_from_secret(secret: str) -> Key:
    """The key that belongs to a secret setting, the same each time.

    :param secret: at least 32 characters of random text; raises :class:`CryptoError` ``secret_too_short`` otherwise.
    """
    if len(secret) < MIN_SECRET_LENGTH:
        raise CryptoError(
            CryptoCode.SECRET_TOO_SHORT,
            f"An encryption secret needs at least {MIN_SECRET_LENGTH} characters.",
        )
    material = _derive(secret, b"qafila encryption key", KEY_BYTES)
    return Key(_derive(secret, b"qafila encryption key id", 4).hex(), material)


def _derive(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose).derive(secret.encode())


class Keyring:
    """Several keys: the newest encrypts, all of them open. Safe to share between threads.

    :param keys: newest first; at least one.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        if not keys:
            raise CryptoError(CryptoCode.NO_KEYS, "There is no encryption key.")
        self._newest = keys[0].id
        self._ciphers = {key.id: AESGCM(key.material) for key in reversed(keys)}

    @classmethod
    def from_secrets(cls, settings: str | Iterable[str]) -> Keyring:
        """A keyring from a setting: one secret or several (a comma between them), newest first."""
        listed = settings.split(",") if isinstance(settings, str) else settings
        return cls([key_from_secret(secret.strip()) for secret in listed if secret.strip()])

    @property
    def newest_key_id(self) -> str:
        """The id of the key that encrypts."""
        return self._newest

    def also_opening(self, older: Keyring) -> Keyring:
        """A keyring that seals as this one does, and opens what either can open."""
        both = copy.copy(self)
        both._ciphers = {**older._ciphers, **self._ciphers}
        return both

    def encrypt(self, plaintext: str | bytes, aad: str | bytes) -> str:
        """Seals a secret for one place.

        :param aad: names the place, e.g. ``"business:…/senders.Account/…/token"``; the same is needed to open it.
        :returns: an ASCII token, 4/3 of the plaintext plus about 55 characters.
        """
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._newest].encrypt(nonce, _bytes(plaintext), _bound(self._newest, aad))
        return f"{_VERSION}.{self._newest}.{base64.urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"

    def decrypt_bytes(self, token: str, aad: str | bytes) -> bytes:
        """Opens a token. Raises :class:`CryptoError`: ``token_malformed``, ``key_unknown``, ``token_refused``."""
        key_id, payload = _split(token)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise CryptoError(
                CryptoCode.KEY_UNKNOWN,
                f"The encryption key {key_id} is not in the keyring: add the key that was used before.",
            )
        try:
            return cipher.decrypt(payload[:_NONCE_BYTES], payload[_NONCE_BYTES:], _bound(key_id, aad))
        except InvalidTag as refusal:
            raise CryptoError(
                CryptoCode.TOKEN_REFUSED, "A sealed value was changed, or moved from the row it belongs to."
            ) from refusal

    def decrypt(self, token: str, aad: str | bytes) -> str:
        """Opens a token that holds text. Raises as :meth:`decrypt_bytes` does."""
        try:
            return self.decrypt_bytes(token, aad).decode()
        except UnicodeDecodeError as refusal:
            raise CryptoError(CryptoCode.TOKEN_MALFORMED, "A sealed value is not text.") from refusal

    def needs_rotation(self, token: str) -> bool:
        """Whether a token was made by another key than the newest. Raises ``token_malformed``."""
        return _split(token)[0] != self._newest

    def rotate(self, token: str, aad: str | bytes) -> str:
        """The same secret under the newest key; the token itself if it is already. Raises as :meth:`decrypt_bytes`."""
        return self.encrypt(self.decrypt_bytes(token, aad), aad) if self.needs_rotation(token) else token


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _bound(key_id: str, aad: str | bytes) -> bytes:
    return b"\x00".join((_VERSION.encode(), key_id.encode(), _bytes(aad)))


def _split(token: str) -> tuple[str, bytes]:
    version, _, rest = token.partition(".")
    key_id, _, encoded = rest.partition(".")
    if version != _VERSION or not _KEY_ID.match(key_id) or not encoded.isascii():
        raise CryptoError(CryptoCode.TOKEN_MALFORMED, "A sealed value does not look like one.")
    try:
        payload = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as refusal:
        raise CryptoError(CryptoCode.TOKEN_MALFORMED, "A sealed value does not look like one.") from refusal
    if len(payload) < _NONCE_BYTES + 16:
        raise CryptoError(CryptoCode.TOKEN_MALFORMED, "A sealed value was cut off.")
    return key_id, payload


class ApiKeyMaterial(NamedTuple):
    """A new API key. ``full`` is shown once and never stored; ``prefix`` and ``hash`` are stored."""

    full: str
    prefix: str
    hash: str


def new_api_key() -> ApiKeyMaterial:
    """``qf_<8 characters>_<43 characters>``: the prefix finds the row, the rest carries 256 random bits."""
    prefix = random_base62(8)
    full = f"qf_{prefix}_{random_base62(43)}"
    return ApiKeyMaterial(full, prefix, hash_api_key(full))


def api_key_prefix(full: str) -> str | None:
    """The prefix by which a key's row is found; None if the text was not made by :func:`new_api_key`."""
    found = _API_KEY.match(full)
    return found.group(1) if found else None


def hash_api_key(full: str) -> str:
    """SHA-256 in hexadecimal, 64 characters. A slow hash would add nothing: the key itself is random."""
    return hashlib.sha256(full.encode("utf-8", "surrogatepass")).hexdigest()


def verify_api_key(full: str, stored_hash: str) -> bool:
    """Whether a key belongs to a stored hash, in constant time."""
    return hmac.compare_digest(hash_api_key(full).encode(), stored_hash.encode())


def hmac_sha256(secret: str | bytes, data: bytes) -> bytes:
    """HMAC-SHA256 of raw bytes: 32 bytes."""
    return hmac.digest(_bytes(secret), data, "sha256")


def hmac_matches(secrets_in_use: Iterable[str | bytes], data: bytes, given_hex: str) -> bool:
    """Whether a hexadecimal HMAC-SHA256 was made with one of the secrets (several during a rotation), in constant time.

    Empty secrets never match. A leading ``sha256=`` of the given value is accepted.
    """
    given = given_hex.strip().lower().removeprefix("sha256=").encode("utf-8", "surrogatepass")
    matched = False
    for secret in secrets_in_use:
        if secret:
            matched |= hmac.compare_digest(hmac_sha256(secret, data).hex().encode(), given)
    return matched


def same(left: str | bytes, right: str | bytes) -> bool:
    """Whether two secrets are equal, in constant time for equal lengths."""
    return hmac.compare_digest(_bytes(left), _bytes(right))
