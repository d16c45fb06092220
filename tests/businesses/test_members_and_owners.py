"""Members come, change and go; a business keeps an owner, also when two act at once."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import connections

from qafila.businesses.actions import (
    add_member,
    change_business,
    change_role,
    create_business,
    create_owner,
    end_sessions,
    open_business,
    remove_member,
)
from qafila.businesses.actor import Actor, user_actor
from qafila.businesses.models import AuditEntry, Business, Membership, User
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused


def owner_of(business: Business) -> Membership:
    return Membership.objects.get(business=business, role="owner")


def test_the_last_owner_stays(business: Business, owner_actor: Actor, now: datetime) -> None:
    owner = owner_of(business)
    for act in (
        lambda: change_role(membership=owner, role="admin", actor=owner_actor, now=now),
        lambda: remove_member(membership=owner, actor=owner_actor, now=now),
    ):
        with pytest.raises(Clash) as refused:
            act()
        assert refused.value.code == "last_owner"
    second = add_member(
        business=business,
        email="two@example.com",
        role="owner",
        name="Two",
        password="a long phrase 9",
        actor=owner_actor,
        now=now,
    )
    User.objects.filter(pk=second.user_id).update(is_active=False)
    with pytest.raises(Clash):
        remove_member(membership=owner, actor=owner_actor, now=now)
    User.objects.filter(pk=second.user_id).update(is_active=True)
    assert remove_member(membership=owner, actor=owner_actor, now=now)


def test_rights_to_change_members(
    business: Business, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    made = add_member(
        business=business, email="a@example.com", role="admin", name="A", actor=owner_actor, now=now
    )
    admin = user_actor(business=business, user=made.user, role="admin")
    with pytest.raises(NotAllowed):
        change_role(membership=made, role="owner", actor=admin, now=now)
    with pytest.raises(NotAllowed):
        remove_member(membership=owner_of(business), actor=admin, now=now)
    with pytest.raises(NotFound):
        change_role(membership=made, role="agent", actor=stranger_actor, now=now)
    with pytest.raises(Refused):
        change_role(membership=made, role="king", actor=owner_actor, now=now)
    assert change_role(membership=made, role="agent", actor=admin, now=now)
    assert not change_role(membership=made, role="agent", actor=owner_actor, now=now)
    entry = AuditEntry.objects.filter(action="member.role_changed").get()
    assert entry.detail == {"role": ["admin", "agent"]}


def test_ending_all_sessions_changes_what_they_are_checked_against(
    business: Business, owner_actor: Actor, now: datetime
) -> None:
    user = owner_of(business).user
    before = user.get_session_auth_hash()
    end_sessions(user=user, by="command", now=now)
    assert user.get_session_auth_hash() != before
    assert User.objects.get(pk=user.pk).get_session_auth_hash() == user.get_session_auth_hash()


def test_settings_of_a_business(
    business: Business, owner_actor: Actor, stranger_actor: Actor, now: datetime
) -> None:
    given = {"name": "New", "language": "he", "timezone": "Asia/Jerusalem", "default_country": "il"}
    assert change_business(business=business, actor=owner_actor, now=now, **given)
    assert not change_business(business=business, actor=owner_actor, now=now, **given)
    business.refresh_from_db()
    assert (business.name, business.default_country) == ("New", "IL")
    assert AuditEntry.objects.get(action="business.changed").detail["name"] == ["Caravan & Sons", "New"]
    with pytest.raises(NotFound):
        change_business(business=business, actor=stranger_actor, now=now, **given)
    with pytest.raises(Refused):
        change_business(business=business, actor=owner_actor, now=now, **{**given, "timezone": "Mars/Base"})


def test_a_further_business_is_an_owners(business: Business, owner_actor: Actor, now: datetime) -> None:
    owner = owner_of(business).user
    made = open_business(
        name="Second",
        language="en",
        timezone="UTC",
        default_country="",
        owner=owner,
        actor=owner_actor,
        now=now,
    )
    assert owner_of(made).user == owner
    admin = add_member(
        business=business, email="a@example.com", role="admin", name="A", actor=owner_actor, now=now
    )
    with pytest.raises(NotAllowed):
        open_business(
            name="Third",
            language="en",
            timezone="UTC",
            default_country="",
            owner=admin.user,
            actor=user_actor(business=business, user=admin.user, role="admin"),
            now=now,
        )


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one(now: datetime) -> None:
    for _ in range(5):
        business = create_business(name="Race", now=now)
        one = create_owner(
            business=business,
            email=f"one{business.pk}@example.com",
            password="a long phrase 9",
            name="One",
            now=now,
        )
        actor = user_actor(business=business, user=one, role="owner")
        two = add_member(
            business=business,
            email=f"two{business.pk}@example.com",
            role="owner",
            name="Two",
            actor=actor,
            now=now,
        )
        pairs = [(Membership.objects.get(user=one), two.user), (two, one)]
        start, refused = threading.Barrier(2), []

        def remove(
            membership: Membership, by: User, place: Business, begin: threading.Barrier, said: list[str]
        ) -> None:
            acting = user_actor(business=place, user=by, role="owner")
            begin.wait()
            try:
                remove_member(membership=membership, actor=acting, now=now)
            except Clash as clash:
                said.append(clash.code)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=remove, args=(*pair, business, start, refused)) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Membership.objects.filter(business=business, role="owner").count() == 1
        assert refused == ["last_owner"]
