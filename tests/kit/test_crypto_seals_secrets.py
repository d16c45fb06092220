"""Promise 57 at its smallest: sealed, bound to the row, several keys, rotation without a break."""

import json
import multiprocessing
import os
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qafila.kit import crypto, key_file
from qafila.kit.crypto import CryptoCode, CryptoError, Keyring

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CANARY = "EAAG-canary-token-שלום"
PLACE = "business:1/senders.Account:7/token"


def code_of(action):
    with pytest.raises(CryptoError) as caught:
        action()
    assert CANARY not in str(caught.value)
    return caught.value.code


def test_a_secret_is_sealed_and_opened():
    ring = Keyring([crypto.new_key()])
    token = ring.encrypt(CANARY, PLACE)
    assert token.isascii()
    assert "canary" not in token
    assert token != ring.encrypt(CANARY, PLACE)
    assert ring.decrypt(token, PLACE) == CANARY
    assert ring.decrypt_bytes(ring.encrypt(b"\x00\xff", PLACE), PLACE) == b"\x00\xff"


def test_a_token_moved_to_another_row_does_not_open():
    ring = Keyring([crypto.new_key()])
    token = ring.encrypt(CANARY, PLACE)
    assert code_of(lambda: ring.decrypt(token, PLACE.replace("7", "8"))) is CryptoCode.TOKEN_REFUSED


def test_every_changed_character_is_refused():
    ring = Keyring([crypto.new_key()])
    token = ring.encrypt("x", PLACE)
    for place in range(len(token)):
        other = "B" if token[place] == "A" else "A"
        changed = token[:place] + other + token[place + 1 :]
        # The last character of base64 may carry unused bits: then the bytes, and so the secret, are the same.
        if place == len(token) - 1 and crypto._split(changed) == crypto._split(token):
            continue
        with pytest.raises(CryptoError):
            ring.decrypt(changed, PLACE)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_nonsense_is_malformed_and_nothing_else_is_raised(text):
    with pytest.raises(CryptoError):
        Keyring([crypto.new_key()]).decrypt(text, PLACE)


def test_rotation_keeps_old_tokens_readable():
    old, new = crypto.new_key(), crypto.new_key()
    token = Keyring([old]).encrypt(CANARY, PLACE)
    both = Keyring([new, old])
    assert both.decrypt(token, PLACE) == CANARY
    assert both.needs_rotation(token)
    rotated = both.rotate(token, PLACE)
    assert not both.needs_rotation(rotated)
    assert both.rotate(rotated, PLACE) == rotated
    assert Keyring([new]).decrypt(rotated, PLACE) == CANARY
    assert code_of(lambda: Keyring([new]).decrypt(token, PLACE)) is CryptoCode.KEY_UNKNOWN


def test_a_keyring_from_settings():
    first, second = "a" * 40, "b" * 40
    token = Keyring.from_secrets(first).encrypt(CANARY, PLACE)
    assert Keyring.from_secrets(f"{second}, {first}").decrypt(token, PLACE) == CANARY
    assert Keyring.from_secrets([second, first]).needs_rotation(token)
    assert code_of(lambda: Keyring.from_secrets("short")) is CryptoCode.SECRET_TOO_SHORT
    assert code_of(lambda: Keyring.from_secrets(" , ")) is CryptoCode.NO_KEYS


def test_keys_are_not_in_their_repr():
    key = crypto.new_key()
    assert repr(key.material) not in repr(key)
    assert "material" not in repr(key)


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "data" / "keys.json"
    token = key_file.load_or_create(path, now=NOW).encrypt(CANARY, PLACE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["keys.json"]
    assert key_file.load_or_create(path, now=NOW).decrypt(token, PLACE) == CANARY
    newer = key_file.add_key(path, now=NOW)
    assert newer.needs_rotation(token)
    assert key_file.load_or_create(path, now=NOW).newest_key_id == newer.newest_key_id
    assert path.stat().st_mode & 0o777 == 0o600
    key_file.drop_keys(path, keep=frozenset())
    assert (
        code_of(lambda: key_file.load_or_create(path, now=NOW).decrypt(token, PLACE))
        is CryptoCode.KEY_UNKNOWN
    )


def test_a_key_file_others_can_read_is_refused(tmp_path):
    path = tmp_path / "keys.json"
    key_file.load_or_create(path, now=NOW)
    path.chmod(0o644)
    assert code_of(lambda: key_file.load_or_create(path, now=NOW)) is CryptoCode.KEY_FILE_OPEN_TO_OTHERS


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"keys": []}', '{"keys": [1]}', '{"keys": [{"id": "abcd", "key": "eA=="}]}']
)
def test_a_damaged_key_file_is_not_replaced(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    assert code_of(lambda: key_file.load_or_create(path, now=NOW)) is CryptoCode.KEY_FILE_UNREADABLE
    assert path.read_text() == content


def _newest_key(path):
    return key_file.load_or_create(path, now=NOW).newest_key_id


def test_processes_that_start_together_share_one_key(tmp_path):
    with multiprocessing.get_context("fork").Pool(8) as pool:
        seen = pool.map(_newest_key, [tmp_path / "keys.json"] * 32)
    assert len(set(seen)) == 1
    assert len(json.loads((tmp_path / "keys.json").read_text())["keys"]) == 1


def test_an_api_key_is_kept_as_a_hash():
    full, prefix, stored = crypto.new_api_key()
    assert full.startswith(f"qf_{prefix}_")
    assert crypto.api_key_prefix(full) == prefix
    assert full.removeprefix(f"qf_{prefix}_") not in stored
    assert len(stored) == 64
    assert crypto.verify_api_key(full, stored)
    assert not crypto.verify_api_key(full + "x", stored)
    assert not crypto.verify_api_key("\udcff", stored)
    assert not crypto.verify_api_key("", "")
    for text in ("", "qf_", "qf_short_x", full + "x", full[:-1]):
        assert crypto.api_key_prefix(text) is None


def test_hmac_of_a_webhook():
    body = b'{"a":1}'
    good = crypto.hmac_sha256("secret", body).hex()
    assert crypto.hmac_matches(["old", "secret"], body, f"sha256={good}")
    assert crypto.hmac_matches([b"secret"], body, good.upper())
    assert not crypto.hmac_matches(["other"], body, good)
    assert not crypto.hmac_matches([], body, good)
    assert not crypto.hmac_matches([""], body, crypto.hmac_sha256("", body).hex())
    assert not crypto.hmac_matches(["secret"], body, "\udcff")
    assert crypto.same("abc", b"abc")
    assert not crypto.same("abc", "abd")
