"""Businesses and their people: no defaults, no double ones, no strangers."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from qafila.businesses import actions, queries
from qafila.businesses.actor import user_actor
from qafila.businesses.models import ApiKey, Business, Membership, User
from qafila.businesses.refusals import Clash, NotAllowed, NotFound, Refused
from qafila.businesses.rules.scopes import ROLE_SCOPES, SCOPES, allows

PASSWORD = "a long pass phrase 9"


@pytest.mark.django_db
def test_the_first_start_makes_one_business_and_nobody_who_could_sign_in(now):
    assert queries.the_business() is None
    first = actions.ensure_first_business(now=now)
    assert (first.name, actions.ensure_first_business(now=now)) == ("My business", first)
    assert Business.objects.count() == 1
    assert not User.objects.exists()
    assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_processes_that_start_at_once_make_one_business(now):
    together = threading.Barrier(4)
    made: list[int] = []

    def start() -> None:
        try:
            together.wait()
            made.append(actions.ensure_first_business(now=now).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert Business.objects.count() == 1


def test_a_business_that_is_there_is_the_first_one(business, other_business, now):
    assert actions.ensure_first_business(now=now) == business
    assert queries.the_business() == business
    assert queries.by_public_id(str(other_business.public_id)) == other_business
    assert queries.by_public_id("not an id") is None


def test_the_business_of_old_clients_is_named_by_its_id(settings, business, other_business):
    assert queries.legacy_business() is None
    settings.ENV = settings.ENV.model_copy(update={"legacy_business": str(other_business.public_id)})
    assert queries.legacy_business() == other_business


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"language": "xx"}, "language_unknown"),
        ({"timezone": "Mars/Base"}, "timezone_unknown"),
        ({"default_country": "ZZ"}, "country_unknown"),
    ],
)
@pytest.mark.django_db
def test_a_business_that_could_not_work_is_refused(given, code, now):
    with pytest.raises(Refused) as refusal:
        actions.create_business(**{"name": "Shop", "now": now} | given)
    assert refusal.value.code == code
    assert not Business.objects.exists()


def test_an_owner_signs_in_by_mail_in_any_case(business, now):
    owner = actions.create_owner(
        business=business, email="Owner@Example.com", password=PASSWORD, name="Amira", now=now
    )
    assert owner.email == "owner@example.com"
    assert owner.check_password(PASSWORD)
    assert PASSWORD not in owner.password
    assert owner.created_at == now
    with pytest.raises(Clash) as refusal:
        actions.create_owner(
            business=business, email="OWNER@example.com", password="another pass phrase", name="Eve", now=now
        )
    assert refusal.value.code == "email_taken"
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"password": "short"}, "password_weak"),
        ({"password": "password123"}, "password_weak"),
        ({"password": "84729174629"}, "password_weak"),
        ({"password": "shopowner@example"}, "password_weak"),
        ({"email": "nobody"}, "email_invalid"),
        ({"name": ""}, "name_missing"),
    ],
)
def test_an_owner_nobody_could_trust_is_refused(given, code, business, now):
    full = {
        "business": business,
        "email": "shopowner@example.com",
        "password": PASSWORD,
        "name": "A",
        "now": now,
    }
    with pytest.raises(Refused) as refusal:
        actions.create_owner(**full | given)
    assert refusal.value.code == code
    assert not User.objects.exists()


def test_a_person_may_belong_to_two_businesses_and_keeps_their_password(
    business, owner_actor, stranger_actor, other_business, now
):
    stranger = User.objects.get(email="stranger@example.com")
    membership = actions.add_member(
        business=business,
        email="STRANGER@example.com",
        role="agent",
        name="Renamed",
        password="a pass phrase put upon them",
        actor=owner_actor,
        now=now,
    )
    stranger.refresh_from_db()
    assert membership.user == stranger
    assert stranger.check_password("a long pass phrase 8")
    assert stranger.name == "Boris"
    assert queries.businesses_of(stranger) == [business, other_business]
    here = queries.actor_for_user(stranger, business=business)
    there = queries.actor_for_user(stranger, business=other_business)
    assert here is not None and there is not None
    assert (here.may("admin"), there.may("admin")) == (False, True)
    with pytest.raises(Clash):
        actions.add_member(business=business, email=stranger.email, role="admin", actor=owner_actor, now=now)


def test_who_may_add_whom(business, owner_actor, stranger_actor, now):
    def add(actor, role):
        count = User.objects.count()
        return actions.add_member(
            business=business, email=f"person{count}@example.com", name="P", role=role, actor=actor, now=now
        )

    admin = add(owner_actor, "admin")
    agent = add(owner_actor, "agent")
    as_admin = user_actor(business=business, user=admin.user, role="admin")
    as_agent = user_actor(business=business, user=agent.user, role="agent")
    assert add(owner_actor, "owner")
    assert add(as_admin, "admin")
    with pytest.raises(NotAllowed):
        add(as_admin, "owner")
    with pytest.raises(NotAllowed):
        add(as_agent, "read_only")
    with pytest.raises(NotFound):
        add(stranger_actor, "read_only")
    with pytest.raises(Refused, match="no role"):
        add(owner_actor, "emperor")
    assert not admin.user.has_usable_password()
    assert Membership.objects.filter(business=business).count() == 5


def test_a_person_who_is_no_member_or_switched_off_acts_for_nobody(business, owner_actor, stranger_actor):
    stranger = User.objects.get(email="stranger@example.com")
    assert queries.actor_for_user(stranger, business=business) is None
    owner = User.objects.get(email="owner@example.com")
    actor = queries.actor_for_user(owner, business=business)
    assert actor is not None and actor.name == "Amira Owner"
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert queries.actor_for_user(owner, business=business) is None


def test_every_role_has_only_rights_that_there_are():
    for role, scopes in ROLE_SCOPES.items():
        assert scopes <= set(SCOPES) | {"*"}, role
    assert allows({"*"}, "owner")
    assert not allows({"*"}, "no such right")
    assert not allows(ROLE_SCOPES["admin"], "owner")
    assert not allows(ROLE_SCOPES["read_only"], "messages:write")
