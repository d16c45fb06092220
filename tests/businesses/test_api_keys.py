"""A key opens exactly its own business, as long as it lives; only its hash is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from pydantic import SecretStr

from qafila.businesses import actions, queries
from qafila.businesses.actor import command_actor, user_actor
from qafila.businesses.models import ApiKey, AuditEntry
from qafila.businesses.refusals import NotAllowed, NotFound, Refused
from qafila.kit import crypto

ENV_KEY = "k7Qm-2xV9pL4tR8wZ1nB6yH3"


@pytest.fixture
def env_key(settings):
    settings.ENV = settings.ENV.model_copy(update={"api_secret_key": SecretStr(ENV_KEY)})


def test_a_key_acts_for_its_business_with_its_rights(business, other_business, owner_actor, now):
    key, full = actions.create_api_key(
        business=business, name="Shop", scopes=("contracts:read",), actor=owner_actor, now=now
    )
    actor = queries.actor_for_key(full, now=now)
    assert actor is not None
    assert (actor.kind, actor.id, actor.business, actor.name) == (
        "api_key",
        str(key.public_id),
        business,
        "Shop",
    )
    assert actor.may("contracts:read")
    assert not actor.may("contracts:write")
    with pytest.raises(NotFound):
        actor.must("contracts:read", business_id=other_business.pk)


@pytest.mark.parametrize("damage", ["other secret", "other prefix", "shorter", "empty", "not ascii", "nul"])
def test_what_is_not_quite_a_key_opens_nothing(damage, business, owner_actor, now):
    _, full = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    stranger = crypto.new_api_key()
    given = {
        "other secret": full[:12] + stranger.full[12:],
        "other prefix": stranger.full[:12] + full[12:],
        "shorter": full[:-1],
        "empty": "",
        "not ascii": full[:-1] + "ё",
        "nul": full + "\0",
    }[damage]
    assert queries.actor_for_key(given, now=now) is None
    assert queries.key_id(given) is None
    assert queries.actor_for_key(full, now=now) is not None


def test_an_expired_or_revoked_key_opens_nothing(business, owner_actor, now):
    key, full = actions.create_api_key(
        business=business, name="Shop", expires_at=now + timedelta(hours=1), actor=owner_actor, now=now
    )
    assert queries.actor_for_key(full, now=now + timedelta(minutes=59)) is not None
    assert queries.actor_for_key(full, now=now + timedelta(hours=1)) is None
    assert actions.revoke_api_key(key=key, actor=owner_actor, now=now)
    assert not actions.revoke_api_key(key=key, actor=owner_actor, now=now)
    assert queries.actor_for_key(full, now=now) is None


def test_no_key_stands_in_the_database(business, owner_actor, now):
    _, full = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(k::text, '') FROM businesses_apikey k")
        keys = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(e::text, '') FROM businesses_auditentry e")
        audit = cursor.fetchone()[0]
    secret = full.rsplit("_", 1)[1]
    for dump in (keys, audit):
        assert secret not in dump
        assert secret.encode().hex() not in dump


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(business, owner_actor, now):
    key, full = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    key_id = queries.key_id(full)
    assert key_id == key.pk
    written = [
        actions.touch_api_key(key_id=key_id, now=now + timedelta(seconds=s)) for s in (0, 1, 60, 61, 100, 122)
    ]
    assert written == [True, False, False, True, False, True]
    assert ApiKey.objects.get(pk=key_id).last_used_at == now + timedelta(seconds=122)


@pytest.mark.usefixtures("env_key")
def test_the_key_of_the_settings_has_all_rights_of_the_first_business(business, other_business, now):
    actor = queries.actor_for_key(ENV_KEY, now=now)
    assert actor is not None
    assert (actor.business, actor.kind, actor.id) == (business, "api_key", "API_SECRET_KEY")
    assert actor.may("owner")
    assert queries.key_id(ENV_KEY) is None
    for wrong in (ENV_KEY[:-1], ENV_KEY + "x", ENV_KEY.lower(), ""):
        assert queries.actor_for_key(wrong, now=now) is None


@pytest.mark.django_db
@pytest.mark.usefixtures("env_key")
def test_the_key_of_the_settings_opens_nothing_where_there_is_no_business(now):
    assert queries.actor_for_key(ENV_KEY, now=now) is None


def test_an_empty_setting_is_no_key(business, now):
    assert settings.ENV.api_secret_key.get_secret_value() == ""
    assert queries.actor_for_key("", now=now) is None


def test_nobody_hands_out_more_than_they_have(business, owner_actor, stranger_actor, now):
    admin = actions.add_member(
        business=business, email="admin@example.com", name="Ad Min", role="admin", actor=owner_actor, now=now
    )
    agent = actions.add_member(
        business=business, email="agent@example.com", name="A Gent", role="agent", actor=owner_actor, now=now
    )
    as_admin = user_actor(business=business, user=admin.user, role=admin.role)
    as_agent = user_actor(business=business, user=agent.user, role=agent.role)

    def make(actor, *scopes):
        return actions.create_api_key(business=business, name="Shop", scopes=scopes, actor=actor, now=now)

    assert make(owner_actor, "*")
    assert make(as_admin, "contracts:write", "admin")
    for scopes in (("*",), ("owner",), ("contracts:read", "owner")):
        with pytest.raises(NotAllowed):
            make(as_admin, *scopes)
    with pytest.raises(NotAllowed):
        make(as_agent, "contracts:read")
    with pytest.raises(NotFound):
        make(stranger_actor, "contracts:read")
    key, _ = make(owner_actor, "*")
    with pytest.raises(NotFound):
        actions.revoke_api_key(key=key, actor=stranger_actor, now=now)
    with pytest.raises(NotAllowed):
        actions.revoke_api_key(key=key, actor=as_agent, now=now)
    assert queries.api_key(stranger_actor.business.pk, key.public_id) is None
    assert queries.api_key(business.pk, key.public_id) == key


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"scopes": ()}, "no_scopes"),
        ({"scopes": ("contracts",)}, "scope_unknown"),
        ({"name": "  "}, "name_missing"),
        ({"expires_at": "now"}, "expires_in_the_past"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(given, code, business, owner_actor, now):
    given = {name: now if value == "now" else value for name, value in given.items()}
    with pytest.raises(Refused) as refusal:
        actions.create_api_key(
            **{"business": business, "name": "Shop", "actor": owner_actor, "now": now} | given
        )
    assert refusal.value.code == code
    assert not ApiKey.objects.exists()


def test_what_happens_to_keys_is_audited(business, owner_actor, now):
    key, _ = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    actions.revoke_api_key(key=key, actor=owner_actor, now=now)
    entries = AuditEntry.objects.filter(subject_id=str(key.public_id)).order_by("pk")
    assert [(e.action, e.actor_kind, e.actor_id) for e in entries] == [
        ("api_key.created", "user", owner_actor.id),
        ("api_key.revoked", "user", owner_actor.id),
    ]


def test_the_command_line_may_make_the_first_key(business, now):
    _, full = actions.create_api_key(business=business, name="First", actor=command_actor(business), now=now)
    actor = queries.actor_for_key(full, now=now)
    assert actor is not None and actor.may("owner")
