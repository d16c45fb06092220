"""The archive: what is over may be put away, one or many, and back; it leaves every tab but its own, and every number still
equals its list. Messages and books stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.campaigns import actions
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.queries import contract as read
from qafila.campaigns.queries import contracts
from qafila.events import actions as events
from qafila.events.jobs import run_due
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, State
from qafila.senders.actions import packages
from qafila.senders.models import Sender
from qafila.web.lists import changing
from qafila.web.models import Change
from qafila.web.pages.campaigns.listing import CampaignList

pytestmark = pytest.mark.django_db
ENDED = {State.READ: 3.0, State.FAILED: 1.0}
_TAB = re.compile(
    r'<li><a href="\?([^"]*)"[^>]*>[^<]*<bdi dir="ltr" class="q-num q-tab-count">([\d,]+)</bdi>'
)


@pytest.fixture
def over(contract: Callable[..., Campaign]) -> Callable[..., Campaign]:
    """A contract that is over."""

    def make(name: str = "Over", count: int = 20, **given: object) -> Campaign:
        made = contract(name, count, **({"shares": ENDED, "state": BatchState.FINISHED} | given))
        Batch.objects.filter(pk=made.batch_id).update(finished_at=timezone.now())
        return made

    return make


def put_away(client: Client, campaign: Campaign, verb: str = "archive", **fields: str) -> str:
    answer = client.post(f"/campaigns/{campaign.public_id}/{verb}", fields, follow=True)
    return answer.content.decode()


def tabs(client: Client, rest: str = "") -> dict[str, int]:
    """The tab's status to its count, "" for all of them."""
    page = client.get(f"/campaigns/?{rest}").content.decode()
    found = {}
    for query, count in _TAB.findall(page):
        said = re.search(r"status=(\w+)", query)
        found[said[1] if said else ""] = int(count)
    return found


def total(client: Client, query: str) -> int:
    page = client.get(f"/campaigns/?{query}").content.decode()
    found = re.search(r'id="list-total"><bdi dir="ltr" class="q-num">(\d+)<', page)
    return int(found[1]) if found else 0


def test_it_leaves_every_tab_but_the_archive(
    over: Callable[..., Campaign], contract: Callable[..., Campaign], owner: Client
) -> None:
    gone, stays = over("Put away"), over("Stays")
    contract("Runs")
    assert tabs(owner)[""] == 3
    assert "The contract is in the archive." in put_away(owner, gone)
    found = tabs(owner)
    assert {key: found[key] for key in ("", "completed", "in_progress", "archived")} == {
        "": 2,
        "completed": 1,
        "in_progress": 1,
        "archived": 1,
    }
    assert "Put away" not in owner.get("/campaigns/").content.decode()
    shown = owner.get("/campaigns/?status=archived").content.decode()
    assert "Put away" in shown
    assert stays.public_id not in shown
    for tab, count in found.items():
        assert total(owner, f"status={tab}" if tab else "") == count, tab
    number = f"sender={gone.target.public_id}"
    assert tabs(owner, number) == tabs(owner, f"status=archived&{number}") == found


def test_its_messages_stay_in_the_queue_and_in_the_books(
    over: Callable[..., Campaign], owner: Client
) -> None:
    gone = over("Put away", 20)
    listed = f"/messages/?campaign={gone.public_id}"
    before = [owner.get(page).content.decode() for page in ("/messages/", listed)]
    put_away(owner, gone)
    counted = re.compile(r'id="list-total">.*?</span>')
    after = [owner.get(page).content.decode() for page in ("/messages/", listed)]
    assert [counted.findall(page) for page in after] == [counted.findall(page) for page in before]
    assert ">20<" in counted.findall(after[1])[0]
    assert owner.get(f"/campaigns/{gone.public_id}").status_code == 200
    assert "Put away" in owner.get("/search?q=Put away").content.decode()


@pytest.mark.parametrize("state", [BatchState.DRAFT, BatchState.FLOWING, BatchState.PAUSED])
def test_what_may_still_send_is_not_put_away(
    contract: Callable[..., Campaign], owner: Client, state: BatchState
) -> None:
    made = contract("Not over", 20, state=state)
    assert f"{made.public_id}/archive" not in owner.get("/campaigns/").content.decode()
    assert f"{made.public_id}/archive" not in owner.get(f"/campaigns/{made.public_id}").content.decode()
    said = put_away(owner, made)
    assert "Only a contract that is over can be put into the archive." in said
    made.refresh_from_db()
    assert made.archived_at is None
    assert not AuditEntry.objects.filter(action="contract.archived").exists()


@pytest.mark.parametrize(
    ("state", "import_state", "may"),
    [
        (BatchState.FINISHED, ImportState.FINISHED, True),
        (BatchState.CANCELLED, ImportState.NONE, True),
        (BatchState.DRAFT, ImportState.FAILED, True),
        (BatchState.FINISHED, ImportState.RUNNING, False),
        (BatchState.DRAFT, ImportState.WAITING, False),
    ],
)
def test_the_rule_and_the_list_agree(
    contract: Callable[..., Campaign], owner: Client, state: BatchState, import_state: str, may: bool
) -> None:
    made = contract("One", 3, state=state)
    Campaign.objects.filter(pk=made.pk).update(import_state=import_state, archived_at=timezone.now())
    found = read(made.business_id, made.public_id, now=timezone.now())
    assert found is not None
    assert (found.may_put_away, found.archived_at is not None) == (may, may)
    assert tabs(owner)["archived"] == total(owner, "status=archived") == may
    assert tabs(owner)[""] == (not may)


def test_it_is_put_away_and_back_from_its_page_and_its_history_says_who(
    over: Callable[..., Campaign], owner: Client
) -> None:
    made = over()
    page = f"/campaigns/{made.public_id}"
    assert f'action="{page}/archive"' in owner.get(page).content.decode()
    shown = put_away(owner, made)
    assert "In the archive since" in shown
    assert f'action="{page}/unarchive"' in shown
    put_away(owner, made)
    back = put_away(owner, made, "unarchive")
    assert "The contract stands in the list again." in back
    assert "In the archive since" not in back
    put_away(owner, made, "unarchive")
    assert back.index("Taken out of the archive") < back.index("Put into the archive"), "the latest first"
    done = AuditEntry.objects.filter(subject_id=made.public_id).values_list("action", flat=True)
    assert list(done.order_by("pk")) == ["contract.archived", "contract.unarchived"], "again: no effect"


def test_a_row_leads_back_to_its_list_and_nowhere_else(over: Callable[..., Campaign], owner: Client) -> None:
    made = over()
    verb = f"/campaigns/{made.public_id}/archive"
    assert owner.post(verb, {"back": "/campaigns/?page=2"})["Location"] == "/campaigns/?page=2"
    assert owner.post(verb, {"back": "https://evil.example"})["Location"] == f"/campaigns/{made.public_id}"
    assert (
        f'formaction="/campaigns/{made.public_id}/unarchive"'
        in owner.get("/campaigns/?status=archived").content.decode()
    )


def test_the_undo_bar_takes_it_back_to_the_list(over: Callable[..., Campaign], owner: Client) -> None:
    made = over()
    verb = f"/campaigns/{made.public_id}/archive"
    shown = owner.post(verb, {"back": "/campaigns/"}, follow=True).content.decode()
    assert f'action="/campaigns/{made.public_id}/unarchive"' in shown
    after = owner.post(f"/campaigns/{made.public_id}/unarchive", {"back": "/campaigns/"})
    assert after["Location"] == "/campaigns/"
    assert tabs(owner)["archived"] == 0


def test_many_are_put_away_by_a_job_and_each_that_may_still_send_is_named(
    over: Callable[..., Campaign],
    contract: Callable[..., Campaign],
    owner: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CampaignList, "bulk", [replace(one, at_once=2) for one in CampaignList.bulk])
    made = [over(f"No. {n}") for n in range(3)]
    contract("Runs")
    answer = owner.post("/campaigns/", {"action": "archive", "all": "1", "expected": "4"})
    change = Change.objects.get()
    assert answer["Location"] == f"/changes/{change.public_id}"
    looks = iter([False, True])
    changing.run(change.pk, now=timezone.now(), is_stopping=lambda: next(looks))
    changing.run(change.pk, now=timezone.now())
    change.refresh_from_db()
    assert (change.state, change.changed) == ("finished", 3)
    assert "Done with 3 contracts. 1 contract was left as it is: Only a contract that is over" in change.said
    assert AuditEntry.objects.filter(action="contract.archived").count() == 3
    body = {"action": "unarchive", "id": [one.public_id for one in made[:2]], "expected": "2"}
    owner.post("/campaigns/?status=archived", body)
    assert tabs(owner) == {**tabs(owner), "": 3, "archived": 1}


def test_each_tab_offers_what_has_an_effect_there(over: Callable[..., Campaign], owner: Client) -> None:
    put_away(owner, over("One"))
    over("Two")

    def keys(where: str) -> set[str]:
        return set(re.findall(r'name="action" value="(\w+)"', owner.get(where).content.decode()))

    assert keys("/campaigns/") == {"start", "pause", "copy", "archive", "delete"}
    assert keys("/campaigns/?status=archived") == {"copy", "unarchive", "delete"}


def test_who_may_only_read_changes_nothing(
    over: Callable[..., Campaign], person: Callable[[str], Client]
) -> None:
    made, reader = over(), person("read_only")
    assert reader.post(f"/campaigns/{made.public_id}/archive").status_code == 403
    bulk = {"action": "archive", "id": [made.public_id], "expected": "1"}
    assert reader.post("/campaigns/", bulk).status_code == 403
    made.refresh_from_db()
    assert made.archived_at is None
    page = reader.get(f"/campaigns/{made.public_id}").content.decode()
    assert f"{made.public_id}/archive" not in page


def test_another_businesss_contract_is_not_there(
    over: Callable[..., Campaign], owner_actor: Actor, other_business: Business
) -> None:
    made = over()
    Campaign.objects.filter(pk=made.pk).update(business=other_business)
    with pytest.raises(NotFound):
        actions.archive_contract(
            business=owner_actor.business, public_id=made.public_id, actor=owner_actor, now=timezone.now()
        )


def test_the_calendar_and_the_package_leave_it_out(
    over: Callable[..., Campaign], owner: Client, business: Business, sender: Sender, owner_actor: Actor
) -> None:
    package = packages.create_package(business=business, name="Pool", actor=owner_actor, now=timezone.now())
    made = over("Put away")
    Campaign.objects.filter(pk=made.pk).update(sender=None, package=package)
    pages = ("/campaigns/calendar", f"/packages/{package.public_id}")
    assert all("Put away" in owner.get(page).content.decode() for page in pages)
    put_away(owner, made)
    assert not any("Put away" in owner.get(page).content.decode() for page in pages)


def test_what_sends_again_is_in_sight_at_once_and_stays_so(
    over: Callable[..., Campaign], owner: Client, business: Business, owner_actor: Actor
) -> None:
    made = over("Again", 40)
    put_away(owner, made)
    count, _status = actions.retry_failed(
        business=business, public_id=made.public_id, actor=owner_actor, now=timezone.now()
    )
    assert count > 0
    assert (tabs(owner)["in_progress"], tabs(owner)["archived"]) == (1, 0), "before any worker looks"
    run_due(now=timezone.now())
    Batch.objects.filter(pk=made.batch_id).update(state=BatchState.FINISHED, finished_at=timezone.now())
    assert (tabs(owner)["completed"], tabs(owner)["archived"]) == (1, 0)


def test_what_is_put_away_after_it_went_on_stays_there(
    over: Callable[..., Campaign], owner: Client, business: Business
) -> None:
    made = over()
    batch = ("batch", str(made.batch.public_id))
    events.emit("batch.started", business_id=business.pk, subject=batch, data={}, now=timezone.now())
    put_away(owner, made)
    run_due(now=timezone.now())
    assert tabs(owner)["archived"] == 1, "an event of before is handled late"


def test_programs_see_all_and_may_ask_for_either(
    over: Callable[..., Campaign], contract: Callable[..., Campaign], business: Business
) -> None:
    gone, now = over("Put away"), datetime.now(UTC)
    contract("Runs")
    Campaign.objects.filter(pk=gone.pk).update(archived_at=now - timedelta(hours=1))

    def names(archived: bool | None) -> list[str]:
        found = contracts(business.pk, archived=archived, limit=10, now=now)
        return [one.campaign.name for one in found]

    assert (names(None), names(True), names(False)) == (["Runs", "Put away"], ["Put away"], ["Runs"])


def test_a_start_at_the_same_moment_wins(over: Callable[..., Campaign], owner_actor: Actor) -> None:
    made = over()
    Batch.objects.filter(pk=made.batch_id).update(state=BatchState.FLOWING)
    with pytest.raises(Clash) as refusal:
        actions.archive_contract(
            business=owner_actor.business, public_id=made.public_id, actor=owner_actor, now=timezone.now()
        )
    assert refusal.value.code == "contract_not_over"
