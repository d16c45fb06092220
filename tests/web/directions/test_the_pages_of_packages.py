"""Packages on pages: who is in one, what it can carry, the switch, and a message to numbers that a person pastes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from qafila.businesses.actor import Actor
    from qafila.businesses.models import Business
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import Package, Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool(business: Business, phone_linked_sender: Sender, owner_actor: Actor) -> Package:
    """Of one phone-linked number."""
    from qafila.senders.actions import packages

    now = datetime.now(UTC)
    package = packages.create_package(business=business, name="Friends", actor=owner_actor, now=now)
    packages.add_member(package=package, sender=phone_linked_sender, weight=2, actor=owner_actor, now=now)
    return package


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def _at(package: Package, what: str = "") -> str:
    return f"/packages/{package.public_id}{what}"


def test_a_package_is_made_and_filled(
    owner: Client, phone_linked_sender: Sender, sender: Sender, business: Business
) -> None:
    from qafila.senders.package_queries import members, packages_of

    assert "No package yet" in _text(owner.get("/packages/"))
    made = owner.post("/packages/new", {"name": "  Reminders "})
    (package,) = packages_of(business.pk)
    assert (package.name, made["Location"]) == ("Reminders", _at(package))
    assert "No number is in it yet" in _text(owner.get(_at(package)))
    assert "No active number" in _text(owner.get("/packages/"))
    owner.post(_at(package, "/add"), {"number": str(phone_linked_sender.public_id), "weight": "2"})
    refused = owner.post(_at(package, "/add"), {"number": str(sender.public_id), "weight": "1"}, follow=True)
    assert "Official and phone-linked numbers do not share a package." in _text(refused)
    assert [(one.sender, one.weight) for one in members(package.pk)] == [(phone_linked_sender, 2)]
    owner.post(_at(package, "/share"), {"number": str(phone_linked_sender.public_id), "weight": "7"})
    faulty = owner.post(
        _at(package, "/share"), {"number": str(phone_linked_sender.public_id), "weight": "٣٣٣x"}, follow=True
    )
    assert "from 1 to 100" in _text(faulty)
    assert members(package.pk)[0].weight == 7
    owner.post(_at(package, "/remove"), {"number": str(phone_linked_sender.public_id)})
    assert not members(package.pk)


def test_it_says_what_it_can_carry(owner: Client, pool: Package, phone_linked_sender: Sender) -> None:
    from qafila.dispatch.use import planned_in

    page = owner.get(_at(pool))
    capacity = page.context["capacity"]
    hour = planned_in(phone_linked_sender, timedelta(hours=1), now=datetime.now(UTC))
    assert hour is not None
    assert (capacity.hour, capacity.people) == (int(hour), None)
    assert 0 < capacity.day <= 1_000
    assert "Messages an hour" in _text(page)
    assert "Numbers of this package" in _text(owner.get(_at(pool, "/part")))


def test_all_numbers_pause_and_come_back(owner: Client, pool: Package, phone_linked_sender: Sender) -> None:
    from qafila.senders.package_queries import PackageState, members, state_of

    def state() -> PackageState:
        return state_of([one.sender for one in members(pool.pk)])

    assert state() is PackageState.ACTIVE
    owner.post(_at(pool, "/pause"), {"reason": "Stock-taking"})
    assert state() is PackageState.NOTHING_ACTIVE
    page = owner.get(_at(pool))
    assert "None of its numbers can send" in _text(page)
    assert page.context["capacity"].hour == 0
    refused = owner.post(_at(pool, "/message"), {"recipients": "+201000000077", "text": "Hello"})
    assert "No active profiles available in this package" in _text(refused)
    owner.post(_at(pool, "/resume"))
    assert state() is PackageState.ACTIVE


def test_the_switch_is_off_says_what_it_would_have_done_and_warns(
    owner: Client, pool: Package, phone_linked_sender: Sender
) -> None:
    from qafila.senders.models import ShadowPause

    ShadowPause.objects.create(
        sender=phone_linked_sender, at=datetime.now(UTC), kind="spam_limited", followed=61
    )
    page = owner.get(_at(pool))
    assert "What would have been paused" in _text(page)
    assert "61</bdi> more failures followed" in _text(page)
    assert "not recommended for production" in _text(page).lower()
    shadows = _text(owner.get(_at(pool, "/part"))).partition('id="shadow_title"')[2]
    assert f"/senders/{phone_linked_sender.public_id}" in shadows
    assert 'href="#auto-pause" data-dialog="auto-pause"' in shadows
    on = owner.post(_at(pool, "/auto-pause"), {"on": "1"}, follow=True)
    assert "not recommended for production" in _text(on).lower()
    pool.refresh_from_db()
    assert pool.auto_pause_on_failures
    owner.post(_at(pool, "/auto-pause"), {"on": "0"})
    pool.refresh_from_db()
    assert not pool.auto_pause_on_failures


def _ask(client: Client, package: Package, given: str, text: str = "We are open again.") -> Any:
    """What the form answers: the question, with the fields of its dialog."""
    form = client.get(_at(package, "/message"))
    fields = {"recipients": given, "text": text, "open_id": form.context["open_id"]}
    return client.post(_at(package, "/message"), fields)


def _send(client: Client, package: Package, given: str, text: str = "We are open again.") -> Any:
    return client.post(
        _at(package, "/message"), _ask(client, package, given, text).context["asked"], follow=True
    )


def test_a_message_goes_to_pasted_numbers(owner: Client, pool: Package, business: Business) -> None:
    from qafila.campaigns.queries.open_messages import open_messages

    given = "+20 100 000 0077\r\n 01000000078, nonsense; +201000000077\n\n"
    asked = _ask(owner, pool, given)
    assert not open_messages(business.pk, limit=10), "nothing goes out before the question"
    assert "Send it to 2 people over the package Friends?" in _text(asked)
    assert "2 numbers were left out" in _text(asked)
    sent = owner.post(_at(pool, "/message"), asked.context["asked"], follow=True)
    (made,) = open_messages(business.pk, package_id=pool.pk, limit=10)
    assert (made.counts.total, made.counts.queued, made.counts.skipped) == (4, 2, 2)
    assert "Messages to 2 people are on their way." in _text(sent)
    assert "2 numbers were left out" in _text(sent)
    assert "We are open again." in _text(sent)
    assert sent.redirect_chain[-1][0] == f"/messages/open/{made.campaign.public_id}"


def test_sending_it_twice_sends_it_once(owner: Client, pool: Package, business: Business) -> None:
    from qafila.campaigns.queries.open_messages import open_messages

    fields = _ask(owner, pool, "+201000000077").context["asked"]
    first = owner.post(_at(pool, "/message"), fields)
    for again in (fields, {name: fields[name] for name in ("recipients", "text", "open_id")}):
        answer = owner.post(_at(pool, "/message"), again, follow=True)
        assert answer.redirect_chain[0][0] == first["Location"]
        assert "It was not sent again." in _text(answer)
    assert len(open_messages(business.pk, limit=10)) == 1


def test_another_count_asks_again_and_a_large_one_is_typed(
    owner: Client, pool: Package, business: Business
) -> None:
    from qafila.campaigns.queries.open_messages import open_messages

    fields = _ask(owner, pool, "+201000000077").context["asked"]
    again = owner.post(_at(pool, "/message"), {**fields, "recipients": "+201000000077, +201000000078"})
    assert "The number is another one by now" in _text(again)
    assert again.context["asked"]["expected"] == 2
    many = "\n".join(f"+2010000{n:05d}" for n in range(1_001))
    fields = _ask(owner, pool, many).context["asked"]
    page = owner.post(_at(pool, "/message"), fields)
    assert "To confirm, type the number" in _text(page)
    assert not open_messages(business.pk, limit=10)
    owner.post(_at(pool, "/message"), {**fields, "confirmed_count": "1,001"})
    (made,) = open_messages(business.pk, limit=10)
    assert made.counts.queued == 1_001


def test_an_id_that_is_none_of_ours_makes_a_new_one(owner: Client, pool: Package, business: Business) -> None:
    from qafila.campaigns.queries.open_messages import open_messages

    fields = {**_ask(owner, pool, "+201000000077").context["asked"], "open_id": "contract_x'--"}
    owner.post(_at(pool, "/message"), fields)
    (made,) = open_messages(business.pk, limit=10)
    assert made.campaign.public_id.startswith("open_")


def test_nobody_to_send_to_is_said(owner: Client, pool: Package, business: Business) -> None:
    from qafila.campaigns.queries.open_messages import open_messages

    answer = owner.post(_at(pool, "/message"), {"recipients": "nonsense", "text": "Hello"})
    assert answer.status_code == 422
    assert "None of these is a phone number" in _text(answer)
    assert not open_messages(business.pk, limit=10)


def test_one_in_use_is_not_deleted(owner: Client, pool: Package, business: Business) -> None:
    from qafila.senders.package_queries import packages_of

    _send(owner, pool, "+201000000077", "Hello")
    assert "not finished" in _text(owner.post(_at(pool, "/delete"), follow=True))
    assert packages_of(business.pk).exists()
    from qafila.ledger.models import Batch
    from qafila.ledger.states import BatchState

    Batch.objects.update(state=BatchState.FINISHED)
    assert "Its numbers stay." in _text(owner.post(_at(pool, "/delete"), follow=True))
    assert not packages_of(business.pk).exists()


def test_a_stranger_finds_nothing(stranger: Client, pool: Package) -> None:
    for what in ("", "/part", "/message"):
        assert stranger.get(_at(pool, what)).status_code == 404
    assert "Friends" not in _text(stranger.get("/packages/"))


def _offers(pool: Package, actor: Actor, now: datetime) -> list[Campaign]:
    """Four contracts over the package, a second apart."""
    from qafila.campaigns.actions import create_contract

    return [
        create_contract(
            business=pool.business,
            package=pool,
            name=f"Offers {n}",
            recipients=[{"phoneNumber": "79991234567", "message": f"Text {n}"}],
            actor=actor,
            now=now + timedelta(seconds=n),
        ).campaign
        for n in range(4)
    ]


def test_what_runs_stands_before_what_is_newer_and_over(
    owner: Client, pool: Package, business: Business, owner_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.campaigns.actions import start_contract
    from qafila.web.pages.packages import detail

    monkeypatch.setattr(detail, "MOST_CAMPAIGNS", 2)
    now = datetime.now(UTC)
    made = _offers(pool, owner_actor, now)
    start_contract(business=business, public_id=made[0].public_id, confirm=True, actor=owner_actor, now=now)
    shown = [one.campaign.name for one, _ in owner.get(_at(pool)).context["contracts"]]
    assert shown == ["Offers 0", "Offers 3"]


def test_an_open_message_that_still_goes_out_stands_first(
    owner: Client, pool: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.ledger.models import Batch
    from qafila.ledger.states import BatchState
    from qafila.web.pages.packages import detail

    monkeypatch.setattr(detail, "MOST_CAMPAIGNS", 2)
    for n in range(4):
        _send(owner, pool, f"+20100000007{n}", f"We are open again, {n}.")
    rows = list(Campaign.objects.filter(kind="open").order_by("pk"))
    Batch.objects.filter(pk__in=[row.batch_id for row in rows[1:]]).update(state=BatchState.FINISHED)
    shown = [one.campaign.pk for one in owner.get(_at(pool)).context["open_messages"]]
    assert shown == [rows[0].pk, rows[3].pk]


def test_a_held_package_says_so_where_its_alert_leads_and_shows_what_waits_first(
    owner: Client, pool: Package, business: Business, owner_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its other numbers still send, and everything over the package stands still all the same."""
    from qafila.campaigns.actions import start_contract
    from qafila.dispatch import losses
    from qafila.web.pages.packages import detail

    monkeypatch.setattr(detail, "MOST_CAMPAIGNS", 2)
    now = datetime.now(UTC)
    made = _offers(pool, owner_actor, now)
    start_contract(business=business, public_id=made[0].public_id, actor=owner_actor, now=now)
    _send(owner, pool, "+201000000071", "We are open again.")
    assert "On hold" not in _text(owner.get(_at(pool)))
    losses.hold(pool, lost=2, reason="banned", at=datetime.now(UTC))
    page = owner.get(_at(pool))
    note = _text(page).partition('class="q-note')[2].partition("numbers_title")[0]
    assert "2 campaigns of the package Friends are on hold." in note
    assert "2 of its numbers were banned or limited within 24 hours." in note
    assert "Look at the text and the recipients first." in note
    shown = [(one.campaign.name, look) for one, look in page.context["contracts"]]
    assert shown == [("Offers 0", "held"), ("Offers 3", "pending")]
    assert [one.status.value for one in page.context["open_messages"]] == ["held"]
    for path in ("/packages/", _at(pool, "/part")):
        assert "On hold" in _text(owner.get(path))
    assert "are on hold." in _text(owner.get(_at(pool, "/message")))


def test_a_package_that_holds_what_begins_says_until_when(
    owner: Client, pool: Package, business: Business
) -> None:
    from qafila.businesses.queries import local_time
    from qafila.dispatch.models import PackageHold

    at = datetime.now(UTC)
    hold = PackageHold.objects.filter(pk=pool.pk)
    PackageHold.objects.create(package=pool, since=at, at=at, lost=2, reason="banned")
    page = _text(owner.get(_at(pool)))
    assert "What begins over the package Friends now is put on hold." in page
    assert f"It ends by itself at {local_time(business.pk, at + timedelta(hours=24))}." in page
    hold.update(at=at - timedelta(hours=25))
    assert "put on hold" not in _text(owner.get(_at(pool)))
    hold.update(at=at, released_at=at)
    assert "put on hold" not in _text(owner.get(_at(pool)))
