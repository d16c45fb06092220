"""A key is replaced without a moment in which none works, and works only from where it may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qafila.businesses import actions, queries
from qafila.businesses.actor import user_actor
from qafila.businesses.models import ApiKey, AuditEntry
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.businesses.rules import callers

DAY = timedelta(hours=24)


def test_both_keys_work_for_a_day_and_then_the_new_one(business, owner_actor, now):
    old, before = actions.create_api_key(
        business=business,
        name="Shop",
        scopes=("contracts:read", "messages:read"),
        expires_at=now + timedelta(days=90),
        networks=("10.1.0.0/16",),
        actor=owner_actor,
        now=now,
    )
    later = now + timedelta(days=30)
    twin, after = actions.rotate_api_key(key=old, actor=owner_actor, now=later)
    assert (twin.name, twin.scopes, twin.allowed_networks) == (old.name, old.scopes, ["10.1.0.0/16"])
    assert twin.expires_at == later + timedelta(days=90)
    assert before != after
    for moment, works in ((later, True), (later + DAY - timedelta(seconds=1), True), (later + DAY, False)):
        found = queries.actor_for_key(before, address="10.1.2.3", now=moment)
        assert (found is not None) == works, moment
        assert queries.actor_for_key(after, address="10.1.2.3", now=moment) is not None
    with pytest.raises(queries.FromElsewhere):
        queries.actor_for_key(after, address="10.2.2.3", now=later)
    entry = AuditEntry.objects.get(action="api_key.rotated")
    assert (entry.subject_id, entry.detail["successor"]) == (str(old.public_id), str(twin.public_id))


def test_a_key_that_ends_sooner_is_not_prolonged(business, owner_actor, now):
    end = now + timedelta(hours=2)
    old, _ = actions.create_api_key(
        business=business, name="Short", expires_at=end, actor=owner_actor, now=now
    )
    actions.rotate_api_key(key=old, actor=owner_actor, now=now + timedelta(hours=1))
    assert ApiKey.objects.get(pk=old.pk).expires_at == end


def test_what_cannot_be_replaced_is_refused(business, owner_actor, stranger_actor, now):
    def make(**given):
        return actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now, **given)[0]

    revoked, expired, replaced, whole = (
        make(),
        make(expires_at=now + timedelta(minutes=1)),
        make(),
        make(),
    )
    actions.revoke_api_key(key=revoked, actor=owner_actor, now=now)
    twin, _ = actions.rotate_api_key(key=replaced, actor=owner_actor, now=now)
    assert twin.expires_at is None
    for key, code in ((revoked, "key_over"), (expired, "key_over"), (replaced, "key_rotated")):
        with pytest.raises(Clash) as refusal:
            actions.rotate_api_key(key=key, actor=owner_actor, now=now + timedelta(minutes=1))
        assert refusal.value.code == code
    with pytest.raises(NotFound):
        actions.rotate_api_key(key=whole, actor=stranger_actor, now=now)
    admin = actions.add_member(
        business=business, email="admin@example.com", name="Ad Min", role="admin", actor=owner_actor, now=now
    )
    as_admin = user_actor(business=business, user=admin.user, role="admin")
    with pytest.raises(NotAllowed):  # it would hand an admin a key with the owner's rights
        actions.rotate_api_key(key=whole, actor=as_admin, now=now)
    assert ApiKey.objects.count() == 5


@pytest.mark.parametrize(
    ("written", "caller", "inside"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:10.1.0.0/112", "10.1.9.9", True),
        ("10.1.2.3/16", "10.1.255.255", True),
        ("10.1.0.0/16", "10.2.0.0", False),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "10.1.2.3", False),
        ("::/0", "10.1.2.3", False),
        ("10.1.0.0/16", "", False),
    ],
)
def test_a_bound_key_works_from_its_networks_only(business, owner_actor, now, written, caller, inside):
    key, full = actions.create_api_key(
        business=business, name="Shop", networks=(written,), actor=owner_actor, now=now
    )
    if inside:
        found = queries.actor_for_key(full, address=caller, now=now)
        assert found is not None and found.address == caller
    else:
        with pytest.raises(queries.FromElsewhere) as refusal:
            queries.actor_for_key(full, address=caller or None, now=now)
        assert (refusal.value.code, refusal.value.status) == ("key_from_elsewhere", 403)
    assert actions.bind_api_key(key=key, networks=(), actor=owner_actor, now=now) == []
    assert queries.actor_for_key(full, address=caller or None, now=now) is not None


@pytest.mark.parametrize(
    ("networks", "code"),
    [
        (("10.1.0.0/33",), "network_invalid"),
        (("10.1.0.0/16", "shop.example.com"), "network_invalid"),
        (("",), "network_invalid"),
        (("10.0.0.1 or so",), "network_invalid"),
        (tuple(f"10.0.0.{n}" for n in range(callers.MOST_NETWORKS + 1)), "networks_too_many"),
    ],
)
def test_what_is_no_network_is_refused(networks, code, business, owner_actor, stranger_actor, now):
    key, _ = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    with pytest.raises(Refused) as refusal:
        actions.create_api_key(business=business, name="X", networks=networks, actor=owner_actor, now=now)
    assert refusal.value.code == code
    with pytest.raises(Refused) as refusal:
        actions.bind_api_key(key=key, networks=networks, actor=owner_actor, now=now)
    assert refusal.value.code == code
    with pytest.raises(NotFound):
        actions.bind_api_key(key=key, networks=(), actor=stranger_actor, now=now)
    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.allowed_networks) == (1, [])


def test_binding_is_audited_with_before_and_after(business, owner_actor, now):
    key, _ = actions.create_api_key(
        business=business, name="Shop", networks=("10.1.2.3",), actor=owner_actor, now=now
    )
    for networks in (["10.1.0.0/16", "10.1.3.4/16"], ["10.1.0.0/16"]):
        actions.bind_api_key(key=key, networks=networks, actor=owner_actor, now=now)
    entry = AuditEntry.objects.get(action="api_key.bound")  # the second time nothing changed
    assert (entry.detail["from"], entry.detail["to"]) == (["10.1.2.3/32"], ["10.1.0.0/16"])
    actions.revoke_api_key(key=key, actor=owner_actor, now=now)
    with pytest.raises(Clash):
        actions.bind_api_key(key=key, networks=(), actor=owner_actor, now=now)


def test_the_last_use_says_from_where(business, owner_actor, now):
    key, _ = actions.create_api_key(business=business, name="Shop", actor=owner_actor, now=now)
    actions.touch_api_key(key_id=key.pk, address="2001:db8::7", now=now)
    actions.touch_api_key(key_id=key.pk, address="10.1.2.3", now=now + timedelta(seconds=30))
    assert ApiKey.objects.get(pk=key.pk).last_used_ip == "2001:db8::7"
