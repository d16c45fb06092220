"""Brute force (promise 41): few tries a person and an address, the same words for everybody, all processes count together."""

from __future__ import annotations

import re
import time

import pytest
from django.core.cache import cache
from django.test import Client

from qafila.businesses.models import User
from tests.web.signing_in.steps import is_in, sign_in
from tests.web.world import PASSWORD, World

pytestmark = pytest.mark.django_db
TOO_MANY = "Too many wrong tries"
WRONG = "is not right. Check both"


def errors(answer: object) -> str:
    page = answer.content.decode()  # type: ignore[attr-defined]
    return " ".join(re.findall(r'<div class="alert alert-danger.*?</div></div></div>', page, re.DOTALL))


def from_address(number: int) -> Client:
    return Client(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}")


def test_twenty_wrong_tries_a_day_whatever_the_address_and_host(world: World) -> None:
    owner = world.here.people["owner"]
    answers = []
    for number in range(26):
        spelled = owner.email.upper() if number % 2 else f" {owner.email}"
        client = from_address(number)
        host = "localhost" if number % 3 else "127.0.0.1"
        answers.append(
            client.post(
                "/account/login/",
                {"login": spelled, "password": f"wrong {number} words"},
                headers={"host": host},
            )
        )
    said = [TOO_MANY in errors(answer) for answer in answers]
    assert said == [False] * 20 + [True] * 6
    # Even the right password does not help now: otherwise a guesser would only need patience.
    assert TOO_MANY in errors(sign_in(from_address(99), owner.email))
    assert is_in(from_address(99)) is False


def test_nobody_learns_who_is_known_here(world: World) -> None:
    known, unknown = world.here.people["agent"].email, "nobody@caravan.example"
    pages = []
    for email in (known, unknown):
        shown = [errors(sign_in(from_address(number), email, "wrong words here")) for number in range(22)]
        pages.append(shown)
    assert pages[0] == pages[1]
    assert WRONG in pages[0][0]
    assert TOO_MANY in pages[0][21]


def test_an_unknown_address_takes_as_long_as_a_known_one(world: World, settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # type: ignore[attr-defined]
    user = world.here.people["agent"]
    user.set_password(PASSWORD)
    user.save()
    took: dict[str, list[float]] = {user.email: [], "nobody@caravan.example": []}
    for number in range(6):
        for email, times in took.items():
            began = time.process_time()  # work, not waiting: other programs of this machine do not count
            sign_in(from_address(number), email, "wrong words here")
            times.append(time.process_time() - began)
    known, unknown = (sorted(times)[2] for times in took.values())
    assert 0.5 < unknown / known < 2.0, (known, unknown)


def test_one_address_may_not_try_many_people(world: World) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7")
    said = [
        TOO_MANY in errors(sign_in(client, f"person{n}@caravan.example", "wrong words here"))
        for n in range(12)
    ]
    assert said[:10] == [False] * 10
    assert said[10:] == [True] * 2


def test_a_right_password_does_not_count(world: World) -> None:
    email = world.here.people["owner"].email
    for number in range(25):
        client = from_address(number)
        assert sign_in(client, email).status_code == 302
        assert is_in(client)


def test_a_proxys_word_about_the_caller_is_only_taken_from_a_proxy(world: World, settings: object) -> None:
    client = Client(REMOTE_ADDR="198.51.100.7")
    for number in range(12):
        answer = client.post(
            "/account/login/",
            {"login": f"p{number}@caravan.example", "password": "wrong words"},
            headers={"x-forwarded-for": f"203.0.113.{number}"},
        )
    assert TOO_MANY in errors(answer)


def test_the_count_is_in_the_database(world: World) -> None:
    """Not in the memory of one process."""
    from django.db import connection

    sign_in(from_address(1), world.here.people["owner"].email, "wrong words here")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM web_kept WHERE key LIKE %s", ["%login_failed%"])
        assert cursor.fetchone()[0] >= 2


def test_a_new_password_is_asked_for_a_few_times_only(world: World, settings: object) -> None:
    settings.ENV = settings.ENV.model_copy(update={"email_host": "smtp.example"})  # type: ignore[attr-defined]
    client = Client(REMOTE_ADDR="198.51.100.8")
    email = world.here.people["owner"].email
    statuses = [client.post("/account/password/reset/", {"email": email}).status_code for _ in range(7)]
    assert statuses[:5] == [302] * 5
    assert set(statuses[5:]) == {429}


def test_links_are_not_guessed_at_speed(world: World) -> None:
    client = Client(REMOTE_ADDR="198.51.100.9")
    statuses = [client.get(f"/account/link/{'a' * 42}{n % 10}/").status_code for n in range(32)]
    assert statuses[:30] == [410] * 30
    assert set(statuses[30:]) == {429}


def test_what_is_kept_expires_and_is_added_once(db: None) -> None:
    assert cache.add("k", [1, 2], timeout=60)
    assert not cache.add("k", [3], timeout=60)
    assert cache.get("k") == [1, 2]
    cache.set("k", "new", timeout=-1)
    assert cache.get("k") is None
    assert cache.add("k", True, timeout=60)
    assert cache.get("k") is True
    assert cache.delete("k")
    assert not cache.delete("k")


def test_who_is_switched_off_gets_in_with_no_password(world: World) -> None:
    agent = world.here.people["agent"]
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert WRONG in errors(sign_in(from_address(1), agent.email, "wrong words here"))
    client = from_address(2)
    assert sign_in(client, agent.email).headers["Location"] == "/account/inactive/"
    assert not is_in(client)
