"""The team as a list: by role and second factor, searched, sorted, exported, signed out many at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.test import Client

from qafila.businesses.actions import add_member
from tests.web.world import World

pytestmark = pytest.mark.django_db
Browser = Callable[..., Client]


@pytest.fixture
def team(world: World) -> World:
    """The agent has a second factor and was here yesterday; nobody else was seen."""
    agent = world.here.people["agent"]
    TOTP.activate(agent, generate_totp_secret())
    UserSession.objects.create(user=agent, session_key="yesterday", ip="127.0.0.9", user_agent="")
    UserSession.objects.filter(user=agent).update(last_seen_at=datetime.now(UTC) - timedelta(days=1))
    return world


def names(client: Client, where: str = "") -> list[str]:
    page = client.get(f"/team/{where}").content.decode()
    return [
        name.removeprefix("Caravan ")
        for name in re.findall(r'<a href="/team/[\w-]+/"><span dir="auto">([^<]+)</span>', page)
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["Owner", "admin", "agent", "read_only"]),
        ("?role=agent", ["agent"]),
        ("?factor=on", ["agent"]),
        ("?factor=off", ["Owner", "admin", "read_only"]),
        ("?q=admin@", ["admin"]),
        ("?sort=-role", ["read_only", "agent", "admin", "Owner"]),
        ("?sort=-name", ["read_only", "Owner", "agent", "admin"]),
        ("?sort=-factor", ["agent", "read_only", "Owner", "admin"]),
    ],
)
def test_the_address_says_who_and_in_which_order(
    where: str, expected: list[str], team: World, browser: Browser
) -> None:
    assert names(browser(team.here.people["owner"]), where) == expected


def test_who_was_seen_last_stands_first(team: World, browser: Browser) -> None:
    client = browser(team.here.people["owner"])
    UserSession.objects.exclude(session_key="yesterday").delete()
    assert names(client, "?sort=-seen")[0] == "agent"
    assert names(client, "?sort=seen")[-1] == "agent"


def test_an_export_holds_what_the_list_shows(team: World, browser: Browser) -> None:
    answer = browser(team.here.people["admin"]).get("/team/?format=csv&sort=role")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Role"] for row in rows] == ["Owner", "Admin", "Agent", "Read-only"]
    assert [row["Second factor"] for row in rows] == ["no", "no", "yes", "no"]
    assert rows[2]["E-mail"] == "agent@caravan.example"
    assert rows[2]["Last seen"]


def test_a_persons_page_has_what_can_be_changed(team: World, browser: Browser) -> None:
    agent = team.here.people["agent"]
    page = browser(team.here.people["owner"]).get(f"/team/{agent.public_id}/").content.decode()
    for what in ("role", "remove", "password-link", "second-factors/remove", "sign-out"):
        assert f"/team/{agent.public_id}/{what}" in page, what
    owner = team.here.people["owner"]
    page = browser(team.here.people["admin"]).get(f"/team/{owner.public_id}/").content.decode()
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]


def test_many_are_signed_out_but_not_oneself_nor_people_of_other_businesses(
    team: World, browser: Browser
) -> None:
    here, there = team.here, team.there
    add_member(
        business=there.business,
        email=here.people["read_only"].email,
        role="agent",
        actor=there.actor,
        now=team.now,
    )
    client = browser(here.people["owner"])
    told = client.post("/team/", {"action": "sign_out", "all": "1", "expected": "4"}, follow=True)
    page = told.content.decode()
    assert "2 people are signed out everywhere. 2 were left out" in page
    ended = {}
    for role, person in here.people.items():
        person.refresh_from_db()
        ended[role] = person.sessions_ended
    assert ended == {"owner": 0, "admin": 1, "agent": 1, "read_only": 0}
    stranger = str(there.people["agent"].public_id)
    client.post("/team/", {"action": "sign_out", "id": stranger, "expected": "1"})
    there.people["agent"].refresh_from_db()
    assert there.people["agent"].sessions_ended == 0


def test_signing_people_out_asks_for_the_password_first(team: World, browser: Browser) -> None:
    client = browser(team.here.people["owner"], confirmed=False)
    agent = team.here.people["agent"]
    body = {"action": "sign_out", "id": str(agent.public_id), "expected": "1"}
    assert client.post("/team/", body).headers["Location"].startswith("/account/reauthenticate/")
    agent.refresh_from_db()
    assert agent.sessions_ended == 0
    asked = client.post("/team/?role=agent", body, headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == "/account/reauthenticate/?next=%2Fteam%2F%3Frole%3Dagent"
    saved = client.post("/team/", {"save_view": "Agents"})
    assert saved.status_code == 302
    assert "reauthenticate" not in saved.headers["Location"]


def test_an_invitation_with_a_wrong_address_says_so_on_a_page_of_its_own(
    team: World, browser: Browser
) -> None:
    answer = browser(team.here.people["admin"]).post("/team/invite", {"email": "nobody", "role": "agent"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'action="/team/invite"' in page
    assert "is-invalid" in page


def test_what_a_role_may_do_is_said_before_it_is_given(team: World, browser: Browser) -> None:
    agent, owner = team.here.people["agent"], browser(team.here.people["owner"])
    page = owner.get(f"/team/{agent.public_id}/").content.decode()
    given = re.findall(r'name="role" value="(\w+)"( checked)?.*?form-check-description">([^<]+)<', page)
    assert [role for role, _checked, _meaning in given] == ["owner", "admin", "agent", "read_only"]
    assert [role for role, checked, _meaning in given if checked] == ["agent"]
    assert len({meaning for _role, _checked, meaning in given}) == 4
    owner.post(f"/team/{agent.public_id}/role", {"role": "read_only"})
    assert names(owner, "?role=read_only") == ["agent", "read_only"]
