"""Links that open one thing once, and invitations."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from qafila.businesses.actions import invite, make_link, revoke_invitation
from qafila.businesses.models import Invitation, Link, Membership, User
from tests.web.signing_in.steps import is_in, sign_in
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
NEW = {"name": "Nadia", "language": "ar", "password": "a long other phrase 8"}


def test_looking_at_a_sign_in_link_uses_nothing_up(world: World) -> None:
    secret = make_link(purpose=Link.Purpose.SIGN_IN, user=world.here.people["owner"], now=datetime.now(UTC))
    for _ in range(3):
        assert Client().get(f"/account/link/{secret}/").status_code == 200
    client = Client()
    assert client.post(f"/account/link/{secret}/").status_code == 302
    assert is_in(client)
    late = Client()
    assert late.post(f"/account/link/{secret}/").status_code == 410
    assert not is_in(late)


def test_a_sign_in_link_ends_after_a_quarter_of_an_hour(world: World) -> None:
    before = datetime.now(UTC) - timedelta(minutes=15, seconds=1)
    secret = make_link(purpose=Link.Purpose.SIGN_IN, user=world.here.people["owner"], now=before)
    assert Client().get(f"/account/link/{secret}/").status_code == 410
    assert Client().post(f"/account/link/{secret}/").status_code == 410


def test_a_newer_link_ends_the_older(world: World) -> None:
    owner, now = world.here.people["owner"], datetime.now(UTC)
    old = make_link(purpose=Link.Purpose.SIGN_IN, user=owner, now=now)
    new = make_link(purpose=Link.Purpose.SIGN_IN, user=owner, now=now)
    assert Client().post(f"/account/link/{old}/").status_code == 410
    assert Client().post(f"/account/link/{new}/").status_code == 302


def test_a_link_of_one_purpose_opens_no_other(world: World) -> None:
    secret = make_link(purpose=Link.Purpose.PASSWORD, user=world.here.people["owner"], now=datetime.now(UTC))
    assert Client().get(f"/account/link/{secret}/").status_code == 410
    assert Client().get(f"/welcome/owner/{secret}/").status_code == 302


def test_a_new_password_by_link(world: World) -> None:
    owner = world.here.people["owner"]
    elsewhere = Client()
    sign_in(elsewhere, owner.email)
    secret = make_link(purpose=Link.Purpose.PASSWORD, user=owner, now=datetime.now(UTC))
    client = Client()
    weak = client.post(f"/account/new-password/{secret}/", {"password": "qwertyuiop"})
    assert "too easy to guess" in weak.content.decode()
    done = client.post(f"/account/new-password/{secret}/", {"password": NEW["password"]})
    assert done.headers["Location"] == "/account/login/"
    assert (
        client.post(f"/account/new-password/{secret}/", {"password": "yet another phrase"}).status_code == 410
    )
    assert not is_in(elsewhere)
    sign_in(client, owner.email, NEW["password"])
    assert is_in(client)


def test_only_hashes_are_kept(world: World) -> None:
    secret = make_link(purpose=Link.Purpose.SIGN_IN, user=world.here.people["owner"], now=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(l::text, '') FROM businesses_link l")
        links = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(i::text, '') FROM businesses_invitation i")
        invitations = cursor.fetchone()[0]
    assert secret not in links
    assert world.here.invitation_secret not in invitations


def test_somebody_new_arrives(world: World) -> None:
    client = Client()
    path = f"/account/invitation/{world.here.invitation_secret}/"
    assert "Caravan Ltd" in client.get(path).content.decode()
    assert client.post(path, NEW).status_code == 302
    assert is_in(client)
    made = Membership.objects.get(user__email="new@caravan.example")
    assert (made.business, made.role, made.user.name) == (world.here.business, "agent", "Nadia")
    assert Client().get(path).status_code == 410


def test_the_form_cannot_say_more_than_it_asks(world: World) -> None:
    path = f"/account/invitation/{world.here.invitation_secret}/"
    Client().post(
        path, {**NEW, "role": "owner", "email": "boss@example.org", "business": "2", "is_superuser": "1"}
    )
    made = Membership.objects.get(user__name="Nadia")
    assert (made.role, made.user.email, made.user.is_superuser) == ("agent", "new@caravan.example", False)


def test_somebody_known_signs_in_first(world: World) -> None:
    stranger = world.there.people["owner"]
    _, secret = invite(
        business=world.here.business,
        email=stranger.email,
        role="agent",
        invited_by=None,
        actor=world.here.actor,
        now=datetime.now(UTC),
    )
    path, client = f"/account/invitation/{secret}/", Client()
    assert f"next={path}".replace("/", "/") in client.get(path).content.decode()
    client.post(path, NEW)  # nobody gets a password for an account that exists
    assert not Membership.objects.filter(business=world.here.business, user=stranger).exists()
    sign_in(client, stranger.email)
    client.post(path)
    assert Membership.objects.filter(business=world.here.business, user=stranger, role="agent").exists()
    assert "Caravan Ltd" in client.get("/account/profile/").content.decode()


def test_an_invitation_is_for_its_own_address(world: World, browser: Browser) -> None:
    client = browser(world.there.people["owner"])
    path = f"/account/invitation/{world.here.invitation_secret}/"
    assert "This invitation is for" in client.get(path).content.decode()
    client.post(path)
    assert not Membership.objects.filter(
        business=world.here.business, user=world.there.people["owner"]
    ).exists()


def test_an_invitation_ends(world: World) -> None:
    path = f"/account/invitation/{world.here.invitation_secret}/"
    Invitation.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert Client().get(path).status_code == 410
    assert Client().post(path, NEW).status_code == 410
    Invitation.objects.update(expires_at=datetime.now(UTC) + timedelta(days=1))
    revoke_invitation(invitation=world.here.invitation, actor=world.here.actor, now=world.now)
    assert Client().post(path, NEW).status_code == 410
    assert not User.objects.filter(name="Nadia").exists()


def test_the_link_is_shown_once_and_a_new_one_ends_the_old(world: World, browser: Browser) -> None:
    client = browser(world.here.people["admin"])
    client.post("/team/invite", {"email": "fresh@example.org", "role": "agent"})
    page = client.get("/team/").content.decode()
    found = re.search(r"http://testserver(/account/invitation/[\w-]+/)", page)
    assert found
    assert "No e-mail is set up here" in page
    assert "/account/invitation/" not in client.get("/team/").content.decode()
    made = Invitation.objects.get(email="fresh@example.org")
    client.post(f"/team/invitations/{made.public_id}/renew")
    newer = re.search(
        r"http://testserver(/account/invitation/[\w-]+/)", client.get("/team/").content.decode()
    )
    assert newer
    assert Client().get(found.group(1)).status_code == 410
    assert Client().get(newer.group(1)).status_code == 200


def test_links_carry_the_public_address(world: World, browser: Browser, settings: object) -> None:
    """Never a host that the caller chose."""
    settings.ENV = settings.ENV.model_copy(update={"public_url": "https://wa.example.com"})  # type: ignore[attr-defined]
    client = browser(world.here.people["owner"])
    client.post(
        "/team/invite", {"email": "fresh@example.org", "role": "agent"}, headers={"host": "localhost"}
    )
    assert "https://wa.example.com/account/invitation/" in client.get("/team/").content.decode()


def test_e_mails_wait_sealed(
    world: World, browser: Browser, settings: object, mailoutbox: list[object]
) -> None:
    from qafila.web.pages.account.mails import send_now

    settings.ENV = settings.ENV.model_copy(update={"email_host": "smtp.example"})  # type: ignore[attr-defined]
    client = browser(world.here.people["owner"])
    client.post("/team/invite", {"email": "fresh@example.org", "role": "agent"})
    link = re.search(r"http://testserver/account/invitation/[\w-]+/", client.get("/team/").content.decode())
    assert link
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'web.send_mail'")
        (args,) = cursor.fetchone()
    assert link.group() not in str(args)
    import json

    send_now((args if isinstance(args, dict) else json.loads(args))["sealed"])
    (letter,) = mailoutbox
    assert letter.to == ["fresh@example.org"]  # type: ignore[attr-defined]
    assert link.group() in letter.body  # type: ignore[attr-defined]


def test_a_forgotten_password_by_e_mail(world: World, settings: object, mailoutbox: list[object]) -> None:
    import json

    from qafila.web.pages.account.mails import send_now

    assert "qafila people reset-password" in Client().get("/account/password/reset/").content.decode()
    settings.ENV = settings.ENV.model_copy(update={"email_host": "smtp.example"})  # type: ignore[attr-defined]
    client, owner = Client(), world.here.people["owner"]
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    known = client.post("/account/password/reset/", {"email": owner.email})
    assert (unknown.status_code, unknown.headers["Location"]) == (
        known.status_code,
        known.headers["Location"],
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'web.send_mail'")
        jobs = [row[0] for row in cursor.fetchall()]
    assert len(jobs) == 1
    send_now((jobs[0] if isinstance(jobs[0], dict) else json.loads(jobs[0]))["sealed"])
    found = re.search(r"http://testserver(/account/password/reset/key/\S+)", mailoutbox[0].body)  # type: ignore[attr-defined]
    assert found, mailoutbox[0].body  # type: ignore[attr-defined]
    form = client.get(found.group(1), follow=True)
    new = "another long phrase 9"
    done = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert done.status_code == 302
    sign_in(client, owner.email, new)
    assert is_in(client)
    assert client.get(found.group(1), follow=True).content.decode().count("used already or is too old")


def test_the_world_is_what_the_tests_think(world: World) -> None:
    client = Client()
    assert sign_in(client, world.here.people["owner"].email, PASSWORD).status_code == 302
