"""U2 and U6: rows, the page, all that match. The server counts anew, asks with the exact number, and believes no ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from qafila.alerts.models import Alert

Make = Callable[..., list[Any]]


def ask(browser: Client, query: str = "", **fields: Any) -> Any:
    return browser.post(f"/storms{query}", fields)


def read_codes() -> set[str]:
    return set(Alert.objects.exclude(read_at=None).values_list("code", flat=True))


def test_ticked_rows_are_asked_about_and_then_changed(owner: Client, storms: Make) -> None:
    made = storms(10)
    ids = [str(made[1].public_id), str(made[2].public_id)]
    question = ask(owner, action="read", id=ids)
    assert "2 alerts are read." in question.content.decode()
    assert not read_codes(), "the question alone changed something"
    answer = ask(owner, "?sort=code", action="read", id=ids, expected="2", reason="quiet now")
    assert answer["Location"] == "/storms?sort=code"
    assert read_codes() == {"storm_001", "storm_002"}


def test_all_that_match_is_the_query_and_not_the_page(owner: Client, storms: Make) -> None:
    storms(60)
    question = ask(owner, "?level=warning", action="read", all="1").content.decode()
    assert "20 alerts are read." in question
    assert 'name="id"' not in question, "ids of rows are sent although all that match are meant"
    ask(owner, "?level=warning", action="read", all="1", expected="20")
    assert read_codes() == {f"storm_{n:03d}" for n in range(0, 60, 3)}


def test_a_count_that_grew_is_asked_again(owner: Client, storms: Make) -> None:
    storms(30)
    storms(3, prefix="later")
    again = ask(owner, action="read", all="1", expected="30").content.decode()
    assert "33 alerts are read." in again
    assert 'role="alert"' in again
    assert not read_codes()


@pytest.mark.parametrize(
    ("typed", "passes"),
    [("", False), ("1001", False), ("1002", True), ("1,002", True), ("١٠٠٢", True), ("9" * 5000, False)],
)
def test_more_than_a_thousand_have_to_be_typed(owner: Client, storms: Make, typed: str, passes: bool) -> None:
    storms(1002)
    question = ask(owner, action="close", all="1").content.decode()
    assert 'name="confirmed_count"' in question
    answer = ask(owner, action="close", all="1", expected="1002", confirmed_count=typed)
    assert (answer.status_code == 302) is passes
    assert (Alert.objects.exclude(closed_at=None).count() == 1002) is passes


def test_a_count_that_falls_while_one_types_is_not_asked_again(owner: Client, storms: Make) -> None:
    storms(1150)
    shown = {"action": "close", "all": "1", "expected": "1200"}
    again = ask(owner, **shown, confirmed_count="1150").content.decode()
    assert 'role="alert"' in again, "another number than the one that was shown was taken"
    assert 'name="expected" value="1150"' in again
    assert ask(owner, **shown, confirmed_count="1200").status_code == 302
    assert Alert.objects.exclude(closed_at=None).count() == 1150


def test_what_came_after_the_question_was_not_meant(owner: Client, storms: Make) -> None:
    """As many as were shown, but not the same: what cannot tell them apart asks again, what can leaves the new one alone."""
    rows = storms(12)
    question = ask(owner, action="close", all="1").content.decode()
    asked = re.search(r'name="asked" value="([^"]+)"', question)
    assert asked is not None
    Alert.objects.filter(pk__in=[one.pk for one in rows[:3]]).delete()
    later = rows[3]
    Alert.objects.filter(pk=later.pk).update(opened_at=datetime.now(UTC) + timedelta(seconds=1))
    assert 'role="alert"' in ask(owner, action="read", all="1", expected="12").content.decode()
    given = {"action": "close", "all": "1", "expected": "12", "asked": asked[1]}
    assert ask(owner, **given).status_code == 302
    assert [one.pk for one in Alert.objects.filter(closed_at=None)] == [later.pk]


def test_a_thousand_need_no_typing(owner: Client, storms: Make) -> None:
    storms(1000)
    assert "confirmed_count" not in ask(owner, action="close", all="1").content.decode()
    assert ask(owner, action="close", all="1", expected="1000").status_code == 302


def test_other_peoples_rows_cannot_be_ticked(owner: Client, storms: Make, other_business: Any) -> None:
    foreign = storms(3, of=other_business, prefix="foreign")
    answer = ask(owner, action="read", id=[str(one.public_id) for one in foreign], expected="3")
    assert answer.status_code == 302
    assert not read_codes()


def test_rows_outside_the_filter_cannot_be_ticked(owner: Client, storms: Make) -> None:
    made = storms(4)
    ids = [str(one.public_id) for one in made]
    assert "2 alerts are read." in ask(owner, "?level=warning", action="read", id=ids).content.decode()


@pytest.mark.parametrize("ids", [[], ["nonsense"], ["'; DROP TABLE x"], ["\x00"], ["9" * 500]])
def test_nothing_chosen_says_so(owner: Client, storms: Make, ids: list[str]) -> None:
    storms(2)
    answer = ask(owner, action="read", id=ids, expected="0")
    assert answer.status_code == 302
    assert "Tick some rows first" in owner.get("/storms").content.decode()
    assert not read_codes()


def test_who_may_only_look_sees_no_action_and_is_refused(reader: Client, storms: Make) -> None:
    made = storms(2)
    html = reader.get("/storms").content.decode()
    assert 'name="action"' not in html
    assert "data-tick" not in html
    refused = ask(reader, action="read", id=[str(made[0].public_id)], expected="1")
    assert refused.status_code == 403
    assert not read_codes()


def test_an_unknown_action_is_no_page(owner: Client, storms: Make) -> None:
    storms(1)
    assert ask(owner, action="drop", all="1", expected="1").status_code == 400


def test_the_way_back_is_offered_and_ends(owner: Client, storms: Make) -> None:
    storms(2)
    ask(owner, action="read", all="1", expected="2", reason="<b>hush</b>")
    html = owner.get("/storms").content.decode()
    bar = re.search(r'<div class="q-undo".*?</div>', html, re.DOTALL)
    assert bar is not None
    assert 'action="/undo-reading"' in bar.group()
    assert 'name="count" value="2"' in bar.group()
    assert "&lt;b&gt;hush&lt;/b&gt;" in bar.group()
    session = owner.session
    session["undo"] = {**session["undo"], "until": "2020-01-01T00:00:00+00:00"}
    session.save()
    assert "q-undo" not in owner.get("/storms").content.decode()


def test_scripts_get_the_question_alone(owner: Client, storms: Make) -> None:
    storms(2)
    part = owner.post("/storms", {"action": "read", "all": "1"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    done = owner.post(
        "/storms", {"action": "read", "all": "1", "expected": "2"}, headers={"HX-Request": "true"}
    )
    assert (done.status_code, done["HX-Redirect"]) == (204, "/storms")
