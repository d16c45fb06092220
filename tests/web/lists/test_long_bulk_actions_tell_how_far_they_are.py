"""What takes more than a moment is done by a job: a page and the list show how far it is, what was not asked about is left
alone, nothing is done twice, and it is given up where its person may not do it any more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from qafila.alerts.models import Alert
from qafila.businesses.models import AuditEntry, Membership
from qafila.web import jobs
from qafila.web.lists import changing
from qafila.web.models import Change

Make = Callable[..., list[Any]]
ALL = {"action": "again", "all": "1", "reason": "<b>storm</b>"}


def now() -> datetime:
    return datetime.now(UTC)


def begin(browser: Client, count: int, query: str = "", **more: Any) -> Change:
    answer = browser.post(f"/storms{query}", {**ALL, "expected": str(count), **more})
    assert answer.status_code == 302
    return Change.objects.get(public_id=answer["Location"].removeprefix("/changes/"))


def counted() -> dict[str, int]:
    """By how much each alert was counted up."""
    rows = Alert.objects.order_by("code").values_list("code", "count")
    return {code: count - int(code.rpartition("_")[2]) - 1 for code, count in rows}


def stops_after(rows: int) -> Callable[[], bool]:
    looks: Iterator[bool] = iter([*[False] * rows, True])
    return lambda: next(looks)


def test_a_few_are_done_at_once(owner: Client, storms: Make) -> None:
    storms(5)
    answer = owner.post("/storms", {**ALL, "expected": "5"})
    assert answer["Location"] == "/storms"
    assert set(counted().values()) == {1}
    assert not Change.objects.exists()


def test_many_are_done_by_a_job_and_the_page_shows_how_far_it_is(owner: Client, storms: Make) -> None:
    storms(24)
    question = owner.post("/storms?level=warning", ALL).content.decode()
    assert "8 count." in question
    assert not Change.objects.exists(), "the question alone began it"
    change = begin(owner, 8, "?level=warning")
    (job,) = ProcrastinateJob.objects.filter(task_name="web.run_change")
    assert job.args == {"change_id": change.pk}
    page = owner.get(f"/changes/{change.public_id}").content.decode()
    assert re.search(r'<progress[^>]* value="0" max="8"', page)
    assert 'href="/storms?level=warning"' in page
    assert f'data-live="change:{change.public_id}"' in page
    assert f'href="/changes/{change.public_id}"' in owner.get("/storms").content.decode()
    assert "/changes/" not in owner.get("/storms", headers={"HX-Target": "list"}).content.decode()
    assert set(counted().values()) == {0}
    changing.run(change.pk, now=now())
    assert counted() == {f"storm_{n:03d}": int(n % 3 == 0) for n in range(24)}
    part = owner.get(f"/changes/{change.public_id}", headers={"HX-Request": "true"}).content.decode()
    assert "8 counted: &lt;b&gt;storm&lt;/b&gt;" in part
    assert "<progress" not in part
    assert "/changes/" not in owner.get("/storms").content.decode()


def test_a_script_is_led_there_too(owner: Client, storms: Make) -> None:
    storms(6)
    answer = owner.post("/storms", {**ALL, "expected": "6"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (
        204,
        f"/changes/{Change.objects.get().public_id}",
    )


def test_ticked_rows_stay_the_ticked_rows(owner: Client, storms: Make) -> None:
    made = storms(12)
    ids = [str(one.public_id) for one in made[:7]]
    owner.post("/storms", {"action": "again", "id": ids, "expected": "7"})
    changing.run(Change.objects.get().pk, now=now())
    assert counted() == {f"storm_{n:03d}": int(n < 7) for n in range(12)}


def test_what_came_after_the_question_is_left_alone(owner: Client, storms: Make) -> None:
    later = storms(8)[3]
    asked = re.search(r'name="asked" value="([^"]+)"', owner.post("/storms", ALL).content.decode())
    assert asked is not None
    Alert.objects.filter(pk=later.pk).update(opened_at=now() + timedelta(seconds=1))
    change = begin(owner, 8, asked=asked[1])
    changing.run(change.pk, now=now() + timedelta(minutes=5))
    assert counted() == {f"storm_{n:03d}": int(n != 3) for n in range(8)}


def test_one_that_is_broken_off_goes_on_and_does_nothing_twice(owner: Client, storms: Make) -> None:
    storms(8)
    change = begin(owner, 8)
    changing.run(change.pk, now=now(), is_stopping=stops_after(3))
    change.refresh_from_db()
    assert (change.state, change.done, change.changed, sum(counted().values())) == ("running", 3, 3, 3)
    page = owner.get(f"/changes/{change.public_id}").content.decode()
    assert re.search(r'<progress[^>]* value="3" max="8"', page)
    for _ in range(2):  # the second finds nothing to do
        changing.run(change.pk, now=now())
    change.refresh_from_db()
    assert (change.state, change.done, change.changed) == ("finished", 8, 8)
    assert set(counted().values()) == {1}
    assert change.said.startswith("8 counted")
    assert not AuditEntry.objects.filter(action="bulk_action.given_up").exists()


def test_of_two_jobs_one_deals_with_a_row(owner: Client, storms: Make) -> None:
    storms(6)
    change = begin(owner, 6)
    one, other = (changing.KeptCourse(change, lambda: False) for _ in range(2))
    assert one.begins(7)
    assert not other.begins(7)
    assert one.rest([6, 7, 8, 9]) == [8, 9]
    assert other.rest([8, 9, 10]) == [10]
    assert one.rest([8, 9, 10]) == []
    changing.give_up(change.pk, now=now())
    with pytest.raises(changing.BrokenOff):
        other.tell(1, 1)


@pytest.mark.parametrize("left", [True, False])
def test_who_may_not_do_it_any_more_changes_nothing(owner: Client, storms: Make, left: bool) -> None:
    storms(6)
    change = begin(owner, 6)
    people = Membership.objects.filter(user=change.user)
    _ = people.delete() if left else people.update(role="read_only")
    changing.run(change.pk, now=now())
    change.refresh_from_db()
    assert (change.state, set(counted().values())) == ("failed", {0})
    if not left:
        page = owner.get(f"/changes/{change.public_id}").content.decode()
        assert "It was not brought to its end." in page


def test_an_address_that_means_more_by_now_changes_nothing(owner: Client, storms: Make) -> None:
    """As after a contract was deleted: its filter is not understood any more, and all rows would match."""
    storms(24)
    change = begin(owner, 8, "?level=warning")
    Change.objects.filter(pk=change.pk).update(query="level=gone")
    changing.run(change.pk, now=now())
    change.refresh_from_db()
    assert (change.state, set(counted().values())) == ("failed", {0})


def test_whoever_may_see_the_list_sees_how_far_it_is(
    owner: Client, reader: Client, stranger: Client, storms: Make
) -> None:
    storms(6)
    where = f"/changes/{begin(owner, 6).public_id}"
    assert reader.get(where).status_code == 200
    assert stranger.get(where).status_code == 404
    assert Client().get(where).status_code == 302
    assert "/changes/" not in stranger.get("/storms").content.decode()


def test_what_nobody_could_finish_says_so_and_goes_after_a_week(owner: Client, storms: Make) -> None:
    storms(6)
    change, at = begin(owner, 6), now()
    changing.give_up(change.pk, now=at)
    changing.give_up(change.pk, now=at + timedelta(hours=1))
    change.refresh_from_db()
    assert (change.state, change.finished_at) == ("failed", at)
    changing.run(change.pk, now=at)
    assert set(counted().values()) == {0}
    assert changing.forget(now=at + timedelta(days=6)) == 0
    assert changing.forget(now=at + timedelta(days=8)) == 1


def test_the_audit_log_says_what_was_done_of_one_that_is_given_up(owner: Client, storms: Make) -> None:
    storms(8)
    change, at = begin(owner, 8), now()
    changing.run(change.pk, now=at, is_stopping=stops_after(3))
    person = change.user
    Membership.objects.filter(user=person).delete()
    changing.run(change.pk, now=at)
    changing.give_up(change.pk, now=at + timedelta(hours=1))
    (entry,) = AuditEntry.objects.filter(action="bulk_action.given_up")
    assert (entry.at, entry.actor_kind, entry.actor_id) == (at, "user", str(person.public_id))
    assert entry.address == change.address
    assert entry.subject_id == change.public_id
    assert entry.detail == {"action": "again", "list": "/storms", "count": 3, "asked": 8}


@pytest.mark.django_db(transaction=True)
def test_the_job_does_it_in_a_thread_of_its_own(owner: Client, storms: Make) -> None:
    storms(6)
    change = begin(owner, 6)
    asyncio.run(jobs.run_change.func(change_id=change.pk))
    change.refresh_from_db()
    assert (change.state, change.changed) == ("finished", 6)
