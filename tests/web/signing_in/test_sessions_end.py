"""Session life (promise 43) and where a sign-in may lead (47)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.test import Client

from qafila.businesses.actions import add_member, change_role, end_sessions, remove_member
from qafila.businesses.models import Membership, User
from qafila.web.shell.session_life import SEEN, SINCE, still_holds
from tests.web.signing_in.steps import is_in, sign_in
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]
COOKIE = django_settings.SESSION_COOKIE_NAME

OFF_SITE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example",
    "\thttps://evil.example",
    "/\t/evil.example",
    "/%09/evil.example/..//",
    "http://localhost/",
    "http://testserver/",
    "http://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//testserver",
    "ftp://evil.example",
    "/\n/evil.example",
]


def inside(client: Client, user: User, password: str = PASSWORD) -> Client:
    assert sign_in(client, user.email, password).status_code == 302
    assert is_in(client)
    return client


def test_a_sign_in_begins_a_new_session_id(world: World) -> None:
    client = Client()
    client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    before = client.cookies[COOKIE].value
    inside(client, world.here.people["owner"])
    assert client.cookies[COOKIE].value != before
    stranger = Client()
    stranger.cookies[COOKIE] = before
    assert not is_in(stranger)


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(world: World) -> None:
    client = inside(Client(), world.here.people["owner"])
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"


def test_signing_out_ends_the_session_itself(world: World) -> None:
    client = inside(Client(), world.here.people["owner"])
    stolen = client.cookies[COOKIE].value
    client.post("/account/logout/")
    again = Client()
    again.cookies[COOKIE] = stolen
    assert not is_in(again)


def test_a_new_password_ends_the_others(world: World) -> None:
    owner = world.here.people["owner"]
    here, elsewhere = inside(Client(), owner), inside(Client(), owner)
    new = "another long phrase 9"
    here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(here)
    assert not is_in(elsewhere)
    assert sign_in(Client(), owner.email).status_code == 200
    inside(Client(), owner, new)


def test_signing_out_everywhere_else(world: World) -> None:
    owner = world.here.people["owner"]
    here, elsewhere = inside(Client(), owner), inside(Client(), owner)
    here.post("/account/sessions/end/")
    assert is_in(here)
    assert not is_in(elsewhere)


def test_one_other_browser_is_signed_out(world: World) -> None:
    owner = world.here.people["owner"]
    here, elsewhere = inside(Client(), owner), inside(Client(), owner)
    other = UserSession.objects.get(session_key=elsewhere.session.session_key)
    here.post(f"/account/sessions/{other.pk}/end/")
    assert is_in(here)
    assert not is_in(elsewhere)


def test_the_list_of_sessions_knows_each_browser_once(world: World) -> None:
    owner = world.here.people["owner"]
    here = inside(Client(), owner)
    sign_in(Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"}), owner.email)
    page = here.get("/account/profile/").content.decode()
    assert page.count("This browser") == 1
    assert "Safari, iPhone" in page


def test_who_is_switched_off_or_taken_out_has_nothing_left(world: World) -> None:
    agent, admin = world.here.people["agent"], world.here.people["admin"]
    first, second = inside(Client(), agent), inside(Client(), admin)
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert not is_in(first)
    membership = Membership.objects.get(user=admin)
    remove_member(membership=membership, actor=world.here.actor, now=world.now)
    answer = second.get("/account/profile/")
    assert answer.status_code == 403
    assert "You belong to no business here" in answer.content.decode()


def test_another_role_is_another_session_id(world: World) -> None:
    agent = world.here.people["agent"]
    client = inside(Client(), agent)
    before = client.cookies[COOKIE].value
    membership = Membership.objects.get(user=agent)
    change_role(membership=membership, role="admin", actor=world.here.actor, now=world.now)
    assert client.get("/team/").status_code == 200
    assert client.cookies[COOKIE].value != before
    assert UserSession.objects.filter(user=agent, session_key=client.session.session_key).exists()


def test_another_business_is_another_session_id_and_another_world(world: World) -> None:
    agent = world.here.people["agent"]
    add_member(
        business=world.there.business, email=agent.email, role="owner", actor=world.there.actor, now=world.now
    )
    client = inside(Client(), agent)
    before = client.cookies[COOKIE].value
    assert client.get("/team/").status_code == 403
    client.post("/account/business", {"business": world.there.business.public_id})
    assert client.cookies[COOKIE].value != before
    page = client.get("/team/").content.decode()
    assert "Zubaida Owner" in page
    assert "Caravan Owner" not in page


@pytest.mark.parametrize(
    ("key", "ago", "over"),
    [
        (SEEN, 23 * 3600, False),
        (SEEN, 25 * 3600, True),
        (SINCE, 13 * 86_400, False),
        (SINCE, 15 * 86_400, True),
    ],
)
def test_idle_and_absolute_limits(world: World, key: str, ago: int, over: bool) -> None:
    client = inside(Client(), world.here.people["owner"])
    session = client.session
    session[key] = int(time.time()) - ago
    session.save()
    assert is_in(client) is not over


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {"accept": "application/json"}])
def test_what_a_page_asks_by_itself_keeps_no_session_alive(world: World, headers: dict[str, str]) -> None:
    client = inside(Client(), world.here.people["owner"])
    session = client.session
    session[SEEN] = long_ago = int(time.time()) - 3600
    session.save()
    client.get("/account/profile/", headers=headers)
    assert client.session[SEEN] == long_ago
    client.get("/account/profile/")
    assert client.session[SEEN] > long_ago


def test_a_stream_holds_as_long_as_its_session(world: World) -> None:
    agent, business = world.here.people["agent"], world.here.business
    client = inside(Client(), agent)

    def holds(role: str = "agent") -> bool:
        return still_holds(
            session_key=client.session.session_key or "",
            business_id=business.pk,
            role=role,
            now=datetime.now(UTC),
        )

    assert holds()
    assert not holds("admin")
    assert not still_holds(session_key="unknown", business_id=business.pk, role="agent", now=world.now)
    end_sessions(user=agent, by="owner", now=world.now)
    assert not holds()


def test_sessions_are_sealed_in_the_database(world: World) -> None:
    from django.contrib.sessions.models import Session

    client = inside(Client(), world.here.people["owner"])
    row = Session.objects.get(session_key=client.session.session_key)
    assert row.session_data.startswith("q1.")
    Session.objects.filter(pk=row.pk).update(session_data=row.session_data[:-4] + "AAAA")
    assert not is_in(client)


@pytest.mark.parametrize("wanted", OFF_SITE)
def test_a_sign_in_leads_nowhere_else(world: World, wanted: str) -> None:
    client = Client()
    client.get("/account/login/", {"next": wanted})
    answer = sign_in(client, world.here.people["owner"].email, next=wanted)
    assert answer.status_code == 302
    where = answer.headers["Location"]
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert "evil" not in where or where.startswith("/%09/")


def test_a_sign_in_leads_back_to_where_one_was(world: World) -> None:
    client = Client()
    asked = client.get("/keys/?q=a")
    assert asked.headers["Location"] == "/account/login/?next=%2Fkeys%2F%3Fq%3Da"
    page = client.get(asked.headers["Location"]).content.decode()
    assert 'name="next" value="/keys/?q=a"' in page
    answer = sign_in(client, world.here.people["owner"].email, next="/keys/?q=a")
    assert answer.headers["Location"] == "/keys/?q=a"


def test_scripts_are_told_to_sign_in(world: World) -> None:
    fragment = Client().get("/keys/", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/account/login/")
    assert Client().get("/keys/", headers={"accept": "text/event-stream"}).status_code == 401


def test_a_part_of_a_page_leads_back_to_the_page(world: World) -> None:
    def led(current: str) -> str:
        headers = {"hx-request": "true", "hx-current-url": current}
        return Client().get("/dashboard/part", headers=headers).headers["HX-Redirect"]

    assert led("http://testserver/campaigns/?q=a#x") == "/account/login/?next=%2Fcampaigns%2F%3Fq%3Da"
    for foreign in (
        "https://evil.example/a",
        "http://testserver//evil.example",
        "http://[",
        "javascript:a",
        *OFF_SITE,
    ):
        assert "evil" not in led(foreign), foreign


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_script_that_reads_json_is_told_in_json(world: World, method: str) -> None:
    headers = {"accept": "application/json", "referer": "http://testserver/campaigns/new/7/map"}
    answer = getattr(Client(), method)("/campaigns/new/", headers=headers)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (401, "signed_out")
    assert told["message"].startswith("You are signed out.")
    assert told["next"] == "/account/login/?next=%2Fcampaigns%2Fnew%2F7%2Fmap"
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert getattr(Client(), method)("/campaigns/new/", headers=browser).status_code == 302


def test_what_was_sent_leads_back_to_its_page(world: World) -> None:
    answer = Client().post("/team/invite", headers={"referer": "http://testserver/team/"})
    assert answer.headers["Location"] == "/account/login/?next=%2Fteam%2F"


def test_there_is_no_way_to_sign_up(world: World) -> None:
    people = User.objects.count()
    for path in ("/account/signup/", "/account/signup", "/accounts/signup/", "/account/email/"):
        assert Client().get(path).status_code == 404
        assert Client().post(path, {"email": "x@example.com", "password1": PASSWORD}).status_code == 404
    assert User.objects.count() == people
