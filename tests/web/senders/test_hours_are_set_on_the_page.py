"""A person says on a number's page in which hours it sends campaigns, and reads there and in the list when it is closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.models import Business
    from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db
MONDAY = {
    "when": "some",
    "from_0_0": "09:00",
    "until_0_0": "13:00",
    "from_0_1": "16:00",
    "until_0_1": "20:00",
}
NIGHT = {"from_6_0": "22:00", "until_6_0": "02:00"}


@pytest.fixture
def place(phone_linked_sender: Sender) -> str:
    return f"/senders/{phone_linked_sender.public_id}"


def _hours(sender: Sender) -> Any:
    sender.refresh_from_db()
    return sender.hours


def test_hours_are_set_shown_and_taken_back(owner: Client, place: str, phone_linked_sender: Sender) -> None:
    from qafila.businesses.models import AuditEntry

    page = owner.get(place)
    assert "at any time" in page.content.decode()
    form = page.context["hours_form"]
    assert (form["when"].value(), f"{form['from_3_0'].value():%H:%M}") == ("any", "09:00"), "less to write"
    answer = owner.post(f"{place}/hours", {**MONDAY, **NIGHT})
    assert (answer.status_code, answer["location"]) == (302, place)
    wanted = [
        [["00:00", "02:00"], ["09:00", "13:00"], ["16:00", "20:00"]],
        *[[]] * 5,
        [["22:00", "24:00"]],
    ]
    assert _hours(phone_linked_sender) == wanted
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry is not None
    assert (entry.action, entry.detail) == ("sender.changed", {"hours": [None, wanted]})
    page = owner.get(place)
    form = page.context["hours_form"]
    shown = {
        name: f"{form[name].value():%H:%M}" for name in form.fields if name != "when" and form[name].value()
    }
    assert {"when": form["when"].value(), **shown} == {**MONDAY, **NIGHT}
    text = page.content.decode()
    assert "22:00–02:00" in text
    assert '<bdi dir="ltr">09:00–13:00</bdi>, <bdi dir="ltr">16:00–20:00</bdi>' in text
    owner.post(f"{place}/hours", {**MONDAY, **NIGHT, "when": "any"})
    assert _hours(phone_linked_sender) is None
    assert AuditEntry.objects.filter(action="sender.changed").count() == 2
    owner.post(f"{place}/hours", {"when": "any"})
    assert AuditEntry.objects.filter(action="sender.changed").count() == 2, "nothing was changed"


@pytest.mark.parametrize(
    ("given", "field", "text"),
    [
        ({"when": "some"}, None, "Every day is closed."),
        ({"when": "some", "from_2_0": "09:00"}, "from_2_0", "Write both times"),
        ({"when": "some", "until_2_1": "09:00"}, "from_2_0", "Write both times"),
        ({"when": "some", "from_2_0": "09:00", "until_2_0": "09:00"}, "from_2_0", "not the same time twice"),
        ({**MONDAY, "from_0_1": "12:00"}, "from_0_0", "Two of these times overlap."),
        ({**MONDAY, "from_6_0": "22:00", "until_6_0": "10:00"}, "from_0_0", "Two of these times overlap."),
        ({"when": "some", "from_2_0": "25:00", "until_2_0": "26:00"}, "from_2_0", "Enter a valid time."),
        ({"when": "never"}, "when", "not one of the available choices"),
        ({}, "when", "required"),
    ],
)
def test_what_cannot_be_read_is_said_where_it_stands_and_stays_written(
    owner: Client,
    place: str,
    phone_linked_sender: Sender,
    given: dict[str, str],
    field: str | None,
    text: str,
) -> None:
    answer = owner.post(f"{place}/hours", given)
    assert answer.status_code == 422
    form = answer.context["hours_form"]
    assert text in str(form.errors[field or "__all__"])
    body = answer.content.decode()
    assert text in body
    assert '<details class="card q-fold" id="hours" open>' in body
    for name, value in given.items():
        if name != "when":
            assert f'name="{name}" value="{value}"' in body
    assert _hours(phone_linked_sender) is None


@pytest.mark.parametrize("role", ["read_only", "agent"])
def test_who_may_only_look_sees_them_and_sets_none(
    browser_of: Callable[..., Client], place: str, phone_linked_sender: Sender, role: str
) -> None:
    from qafila.senders.models import Sender

    Sender.objects.filter(pk=phone_linked_sender.pk).update(hours=[[["09:00", "18:00"]], *[[]] * 6])
    client = browser_of(role)
    page = client.get(place).content.decode()
    assert "09:00–18:00" in page
    assert 'id="hours"' not in page
    assert client.post(f"{place}/hours", {"when": "any"}).status_code == 403
    assert _hours(phone_linked_sender) is not None


def test_another_business_finds_no_number_to_set_hours_for(
    stranger: Client, place: str, phone_linked_sender: Sender
) -> None:
    assert stranger.post(f"{place}/hours", MONDAY).status_code == 404
    assert _hours(phone_linked_sender) is None


@pytest.mark.parametrize(("language", "first"), [("en", "sunday"), ("ru", "понедельник")])
def test_the_week_begins_as_the_reader_is_used_to(
    browser_of: Callable[..., Client], place: str, language: str, first: str
) -> None:
    days = list(browser_of("admin", language).get(place).context["hours_form"].days())
    assert len(days) == 7
    assert str(days[0].name).casefold() == first


def test_page_and_list_say_until_when_it_is_closed(
    owner: Client, place: str, phone_linked_sender: Sender, business: Business
) -> None:
    from qafila.dispatch.models import Worker
    from qafila.senders.models import Sender
    from qafila.senders.rules.hours import as_kept
    from qafila.web.ui import figures

    at = datetime.now(UTC)
    Worker.objects.create(host="here", pid=1, version="0", started_at=at, seen_at=at)
    opens = (at + timedelta(hours=3)).replace(second=0, microsecond=0)
    local = opens.astimezone(ZoneInfo(business.timezone))
    begin = local.hour * 60 + local.minute
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    days[local.weekday()] = [(begin, (begin + 60) % 1440)]
    Sender.objects.filter(pk=phone_linked_sender.pk).update(hours=as_kept(days))
    page = owner.get(place)
    assert page.context["row"].outlook.next_at == opens
    text = page.content.decode()
    assert "It is outside the hours in which you send." in text
    assert "Answers to people who write to you go out all the same." in text
    from django.utils import timezone

    with timezone.override(ZoneInfo(business.timezone)):
        moment = str(figures.moment(opens))
    assert f"Free again: {moment}" in text
    assert f"Outside its hours until {moment}" in owner.get("/senders/").content.decode()


def test_another_clock_of_the_business_wakes_numbers_that_have_hours(
    owner: Client, phone_linked_sender: Sender, business: Business
) -> None:
    from qafila.dispatch.models import Lane
    from qafila.senders.models import Sender

    later = datetime.now(UTC) + timedelta(hours=9)
    Sender.objects.filter(pk=phone_linked_sender.pk).update(hours=[[["09:00", "18:00"]], *[[]] * 6])
    Lane.objects.update_or_create(
        sender=phone_linked_sender, defaults={"business_id": business.pk, "due_at": later}
    )
    same = {"name": "Other", "language": "en", "timezone": business.timezone, "default_country": "EG"}
    owner.post("/settings/", same)
    assert Lane.objects.get().due_at == later
    owner.post("/settings/", {**same, "timezone": "Asia/Kathmandu"})
    business.refresh_from_db()
    assert business.timezone == "Asia/Kathmandu"
    assert Lane.objects.get().due_at <= datetime.now(UTC)
