"""Second factors and sudo (promise 42): no way round, no code twice, nothing grave without showing that it is you."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from qafila.businesses.actions import make_link
from qafila.businesses.models import ApiKey, AuditEntry, Link, Membership
from qafila.web.pages.account.factors import seal_factors_anew
from tests.web.pages import pages
from tests.web.signing_in.steps import code, has_app, is_in, recovery_codes, set_up_app, sign_in
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]

GRAVE = {
    "team:invite",
    "team:renew",
    "team:role",
    "team:remove",
    "team:password_link",
    "team:drop_second_factors",
    "team:sign_out",
    "keys:bind",
    "keys:create",
    "keys:rotate",
    "settings:another",
    "account_set_password",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}


def owner_with_app(world: World) -> tuple[Client, str]:
    client = Client()
    sign_in(client, world.here.people["owner"].email)
    return client, set_up_app(client)


def forget_used_codes() -> None:
    """Half a minute goes by: the app shows another code."""
    cache.clear()


def test_with_an_app_the_password_is_only_half_the_way(world: World) -> None:
    _, secret = owner_with_app(world)
    client = Client()
    answer = sign_in(client, world.here.people["owner"].email)
    assert answer.headers["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)
    assert client.get("/keys/").status_code == 302
    wrong = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not is_in(client)
    right = client.post("/account/2fa/authenticate/", {"code": code(secret, periods=1)})
    assert right.status_code == 302
    assert is_in(client)


def test_a_code_is_taken_once(world: World) -> None:
    _, secret = owner_with_app(world)
    email, shown = world.here.people["owner"].email, code(secret, periods=1)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, email)
    first.post("/account/2fa/authenticate/", {"code": shown})
    second.post("/account/2fa/authenticate/", {"code": shown})
    assert is_in(first)
    assert not is_in(second)
    # Also after half a minute, while a slow clock would still take it.
    cache.delete(f"allauth.mfa.totp.used?user={world.here.people['owner'].pk}&code={shown}")
    second.post("/account/2fa/authenticate/", {"code": shown})
    assert not is_in(second)


def test_the_code_that_set_the_app_up_signs_nobody_in(world: World) -> None:
    client = Client()
    sign_in(client, world.here.people["owner"].email)
    secret = set_up_app(client)
    used = code(secret)
    other = Client()
    sign_in(other, world.here.people["owner"].email)
    other.post("/account/2fa/authenticate/", {"code": used})
    assert not is_in(other)


def test_codes_are_not_guessed(world: World) -> None:
    _, secret = owner_with_app(world)
    forget_used_codes()
    email = world.here.people["owner"].email
    for number in range(21):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(client, email)
        client.post("/account/2fa/authenticate/", {"code": f"{number:06d}"})
    client = Client(REMOTE_ADDR="198.51.100.99")
    sign_in(client, email)
    page = client.post("/account/2fa/authenticate/", {"code": code(secret)}).content.decode()
    assert "Too many wrong tries" in page
    assert not is_in(client)


def test_recovery_codes_are_shown_once_and_work_once(world: World) -> None:
    client, _ = owner_with_app(world)
    codes = recovery_codes(client)
    assert len(codes) == 10
    assert recovery_codes(client) == []
    assert client.get("/account/2fa/recovery-codes/download/").status_code in (403, 404)
    email = world.here.people["owner"].email
    for wanted in (True, False):
        other = Client()
        sign_in(other, email)
        other.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert is_in(other) is wanted


def test_the_second_step_alone_is_no_way_in(world: World) -> None:
    _, secret = owner_with_app(world)
    client = Client()
    assert client.get("/account/2fa/authenticate/").headers["Location"] == "/account/login/"
    client.post("/account/2fa/authenticate/", {"code": code(secret, periods=1)})
    assert not is_in(client)


@pytest.mark.parametrize("purpose", [Link.Purpose.SIGN_IN, Link.Purpose.PASSWORD])
def test_no_link_goes_round_the_second_factor(world: World, purpose: Link.Purpose) -> None:
    owner_with_app(world)
    owner = world.here.people["owner"]
    secret = make_link(purpose=purpose, user=owner, now=datetime.now(UTC))
    client = Client()
    if purpose == Link.Purpose.SIGN_IN:
        answer = client.post(f"/account/link/{secret}/")
    else:
        client.post(f"/account/new-password/{secret}/", {"password": "another long phrase 9"})
        answer = sign_in(client, owner.email, "another long phrase 9")
    assert answer.headers["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)


def test_seeds_and_codes_are_sealed(world: World) -> None:
    _, secret = owner_with_app(world)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert kept.count("q1.") == 2
    assert seal_factors_anew() == 0


def test_each_change_is_in_the_audit_log(world: World, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client, _ = owner_with_app(world)
    for path in ("/account/2fa/recovery-codes/generate/", "/account/2fa/totp/deactivate/"):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(path)
    found = list(
        AuditEntry.objects.filter(action__startswith="person.")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert [one for one in found if "factor" in one or "codes" in one] == [
        "person.second_factor_added",
        "person.second_factor_added",
        "person.recovery_codes_made",
        "person.second_factor_removed",
        "person.second_factor_removed",
    ]


def test_what_is_grave_asks_once_more() -> None:
    asking = {name for name, page in pages().items() if getattr(page.view, "sudo", False)}
    assert asking >= GRAVE


def test_nothing_grave_is_done_before_the_password_came_again(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"], confirmed=False)
    given = {"name": "Shop", "days": "30", "scopes": ["contracts:read"]}
    asked = client.post("/keys/create", given)
    assert asked.headers["Location"] == "/account/reauthenticate/?next=%2Fkeys%2Fcreate"
    assert not ApiKey.objects.filter(name="Shop").exists()
    wrong = client.post("/account/reauthenticate/", {"password": "wrong words", "next": "/keys/create"})
    assert wrong.status_code == 200
    assert not ApiKey.objects.filter(name="Shop").exists()
    # After the confirmation what was asked for is done, without asking for it anew.
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/keys/create"})
    assert ApiKey.objects.filter(name="Shop").count() == 1


def test_a_confirmation_is_good_for_ten_minutes(world: World, browser: Browser) -> None:
    client = browser(world.here.people["owner"])
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - 601, "reauthenticated": True}
    ]
    session.save()
    assert client.get("/settings/new-business").status_code == 302


def test_an_owner_helps_only_people_who_belong_to_nobody_else(world: World, browser: Browser) -> None:
    agent = world.here.people["agent"]
    client = browser(world.here.people["owner"])
    Membership.objects.create(business=world.there.business, user=agent, role="agent", created_at=world.now)
    for what in ("password-link", "second-factors/remove", "sign-out"):
        assert client.post(f"/team/{agent.public_id}/{what}").status_code == 403
    assert not Link.objects.exists()


def test_an_admin_does_not_reach_owners(world: World, browser: Browser) -> None:
    owner, admin = world.here.people["owner"], world.here.people["admin"]
    client = browser(admin)
    assert client.post(f"/team/{owner.public_id}/role", {"role": "agent"}).status_code == 403
    assert client.post(f"/team/{owner.public_id}/remove").status_code == 403
    assert client.post(f"/team/{owner.public_id}/password-link").status_code == 403
    assert client.post(f"/team/{admin.public_id}/role", {"role": "owner"}).status_code == 403
    client.post("/team/invite", {"email": "boss@example.org", "role": "owner"})
    assert set(
        Membership.objects.filter(business=world.here.business, role="owner").values_list("user", flat=True)
    ) == {owner.pk}
    assert not AuditEntry.objects.filter(action="invitation.made", detail__role="owner").exists()


def test_an_owner_takes_lost_factors_away(world: World, browser: Browser) -> None:
    agent = world.here.people["agent"]
    theirs = Client()
    sign_in(theirs, agent.email)
    set_up_app(theirs)
    browser(world.here.people["owner"]).post(f"/team/{agent.public_id}/second-factors/remove")
    assert not has_app(agent)
    assert not is_in(theirs)
    again = Client()
    sign_in(again, agent.email)
    assert is_in(again)
