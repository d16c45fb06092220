"""A provider's secrets are unreadable in the database, bound to their row, and survive a change of keys."""

from __future__ import annotations

import stat
import threading

import pytest
from django.db import connection, transaction
from pydantic import SecretStr

from qafila.kit import key_file
from qafila.kit.crypto import CryptoCode, CryptoError
from qafila.senders import actions, queries
from qafila.senders.models import ProviderAccount, Sender
from qafila.senders.secrets import Secrets, key_path, keyring, open_

CANARIES = ("canary-token-5c1d", "canary-app-secret-77", "canary-verify-9a")
OLD = "an old encryption secret that is long enough"
NEW = "a newer encryption secret that is long enough"


@pytest.fixture
def data_folder(settings, tmp_path):
    settings.ENV = settings.ENV.model_copy(update={"data": tmp_path})
    return tmp_path


@pytest.fixture
def keys_from_setting(settings):
    def use(*secrets: str) -> None:
        settings.ENV = settings.ENV.model_copy(update={"encryption_keys": SecretStr(",".join(secrets))})

    return use


def make_account(business, actor, now, secrets=CANARIES):
    token, app_secret, verify_token = secrets
    return actions.create_provider_account(
        business=business,
        kind="cloud_api",
        name="Meta",
        base_url="https://graph.facebook.com/v23.0/",
        ref="1",
        token=token,
        app_secret=app_secret,
        verify_token=verify_token,
        actor=actor,
        now=now,
    )


def test_no_secret_is_readable_in_the_database(business, owner_actor, now):
    account = make_account(business, owner_actor, now)
    actions.change_secrets(account=account, token="canary-token-new", actor=owner_actor, now=now)
    with connection.cursor() as cursor:
        for table in ("senders_provideraccount", "businesses_auditentry", "events_event"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            dump = cursor.fetchone()[0]
            assert "canary" not in dump, table
            assert not any(canary.encode().hex() in dump for canary in CANARIES), table
    account.refresh_from_db()
    assert open_(account) == Secrets("canary-token-new", [CANARIES[1]], CANARIES[2])
    assert "canary" not in repr(open_(account))


def test_sealed_values_swapped_between_rows_do_not_open(
    business, other_business, owner_actor, stranger_actor, now
):
    mine, also_mine = make_account(business, owner_actor, now), make_account(business, owner_actor, now)
    theirs = make_account(other_business, stranger_actor, now, ("a", "b", "c"))
    for victim in (also_mine, theirs):
        ProviderAccount.objects.filter(pk=mine.pk).update(secrets=victim.secrets)
        mine.refresh_from_db()
        with pytest.raises(CryptoError) as refusal:
            open_(mine)
        assert refusal.value.code == CryptoCode.TOKEN_REFUSED


def test_a_row_moved_to_another_business_does_not_open(business, other_business, owner_actor, now):
    account = make_account(business, owner_actor, now)
    ProviderAccount.objects.filter(pk=account.pk).update(business=other_business)
    account.refresh_from_db()
    with pytest.raises(CryptoError):
        open_(account)


def test_an_account_without_secrets_has_empty_ones(business, owner_actor, now):
    account = make_account(business, owner_actor, now)
    account.secrets = ""
    assert open_(account) == Secrets("", [], "")


def test_a_change_of_key_loses_nothing(business, owner_actor, now, keys_from_setting):
    keys_from_setting(OLD)
    accounts = [make_account(business, owner_actor, now) for _ in range(3)]
    versions = [account.version for account in accounts]
    keys_from_setting(NEW, OLD)
    assert open_(accounts[0]).token == CANARIES[0]
    assert actions.rotate_encryption(now=now) == 3
    assert actions.rotate_encryption(now=now) == 0
    keys_from_setting(NEW)
    for account, version in zip(accounts, versions, strict=True):
        account.refresh_from_db()
        assert open_(account).token == CANARIES[0]
        assert account.version == version
    keys_from_setting(OLD)
    with pytest.raises(CryptoError) as refusal:
        open_(accounts[0])
    assert refusal.value.code == CryptoCode.KEY_UNKNOWN


def test_a_rotation_without_the_old_key_changes_nothing(business, owner_actor, now, keys_from_setting):
    keys_from_setting(OLD)
    account = make_account(business, owner_actor, now)
    keys_from_setting(NEW)
    with pytest.raises(CryptoError):
        actions.rotate_encryption(now=now)
    before = account.secrets
    account.refresh_from_db()
    assert account.secrets == before


def test_the_key_file_is_private_and_a_new_key_in_it_is_seen_at_once(data_folder, business, owner_actor, now):
    account = make_account(business, owner_actor, now)
    assert key_path() == data_folder / "keys.json"
    assert stat.S_IMODE(key_path().stat().st_mode) == 0o600
    before = keyring().newest_key_id
    key_file.add_key(key_path(), now=now)
    assert keyring().newest_key_id != before
    assert open_(account).token == CANARIES[0]
    assert actions.rotate_encryption(now=now) == 1
    key_file.drop_keys(key_path(), keep=frozenset())
    account.refresh_from_db()
    assert open_(account).token == CANARIES[0]
    assert actions.rotate_encryption(now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_credentials_can_be_read_and_changed_while_keys_are_changed(
    business, owner_actor, now, keys_from_setting
):
    keys_from_setting(OLD)
    account = make_account(business, owner_actor, now)
    sender = actions.create_sender(
        business=business,
        name="A",
        phone="+201000000007",
        provider_account=account,
        actor=owner_actor,
        now=now,
    )
    for _ in range(20):
        make_account(business, owner_actor, now)
    keys_from_setting(NEW, OLD)
    rotated, read = [], []
    together = threading.Barrier(2)

    def rotate() -> None:
        try:
            together.wait()
            rotated.append(actions.rotate_encryption(now=now))
        finally:
            connection.close()

    thread = threading.Thread(target=rotate)
    thread.start()
    together.wait()
    for n in range(1, 21):
        actions.change_secrets(account=account, token=f"token {n}", actor=owner_actor, now=now)
        read.append(queries.credentials(sender.pk)[1].token)
    thread.join()
    assert read == [f"token {n}" for n in range(1, 21)]
    keys_from_setting(NEW)
    assert queries.credentials(sender.pk)[1].token == "token 20"
    assert 20 <= rotated[0] <= 22
    assert all(open_(row) for row in ProviderAccount.objects.all())


@pytest.mark.django_db(transaction=True)
def test_a_rotation_does_not_bring_back_what_is_just_being_changed(
    business, owner_actor, now, keys_from_setting
):
    keys_from_setting(OLD)
    account = make_account(business, owner_actor, now)
    keys_from_setting(NEW, OLD)

    def rotate() -> None:
        try:
            actions.rotate_encryption(now=now)
        finally:
            connection.close()

    thread = threading.Thread(target=rotate)
    with transaction.atomic():
        actions.change_secrets(account=account, token="the new one", actor=owner_actor, now=now)
        thread.start()
        while thread.is_alive() and not somebody_waits():
            pass
    thread.join()
    account.refresh_from_db()
    assert open_(account).token == "the new one"


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


def test_credentials_are_what_the_provider_needs(sender, provider_account):
    kind, reach, version = queries.credentials(sender.pk)
    assert (kind, version) == ("cloud_api", 1)
    assert (reach.base_url, reach.sender_ref, reach.account_ref) == (
        "http://127.0.0.1:9/v23.0",
        sender.ref,
        provider_account.ref,
    )
    assert (reach.token, reach.app_secret, reach.verify_token) == (
        "EAAG-test-token",
        "test-app-secret",
        "test-verify-token",
    )


def test_a_sender_without_provider_has_no_credentials(business, owner_actor, now):
    lone = actions.create_sender(
        business=business, name="Ads", phone="+201000000003", actor=owner_actor, now=now
    )
    with pytest.raises(Sender.DoesNotExist):
        queries.credentials(lone.pk)


def test_the_former_app_secret_is_good_until_the_next_change(provider_account, owner_actor, now):
    def change(**given):
        actions.change_secrets(account=provider_account, actor=owner_actor, now=now, **given)
        provider_account.refresh_from_db()
        return open_(provider_account)

    assert change(app_secret="second").app_secrets == ["second", "test-app-secret"]
    assert change(app_secret="third").app_secrets == ["third", "second"]
    assert change(app_secret="third").app_secrets == ["third", "second"]
    assert change(app_secret="second").app_secrets == ["second", "third"]
    assert change(token="t").app_secrets == ["second", "third"]
    assert change(app_secret="").app_secrets == []
    assert provider_account.version == 7


def test_the_key_file_opens_what_was_sealed_before_the_setting_was_made(
    data_folder, business, owner_actor, now, keys_from_setting
):
    account = make_account(business, owner_actor, now)
    in_file = keyring().newest_key_id
    keys_from_setting(NEW)
    assert keyring().newest_key_id != in_file
    assert open_(account).token == CANARIES[0]
    younger = make_account(business, owner_actor, now)
    assert actions.rotate_encryption(now=now) == 1
    key_path().unlink()
    for one in (account, younger):
        one.refresh_from_db()
        assert open_(one).token == CANARIES[0]
    assert not key_path().exists()
