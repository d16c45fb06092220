"""More rows for a contract on the pages: its file, the check against what it has, and what is said before they are added."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qafila.campaigns.actions import copy_contract
from qafila.campaigns.adding import Adding
from qafila.campaigns.models import Addition, AdditionState, Campaign, Draft
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState
from tests.web.new_contract.wizard import text_of
from tests.web.world import World

pytestmark = pytest.mark.django_db

STANDING = "+79160000001"


@pytest.fixture
def contract(world: World, client: Client) -> Campaign:
    """One that a person made from a file, with one row."""
    from qafila.campaigns.actions import create_contract

    here = world.here
    here.sender.refresh_from_db()  # its template carries the texts
    return create_contract(
        business=here.business,
        sender=here.sender,
        name="Spring",
        recipients=[{"phoneNumber": STANDING, "message": "Hello 1"}],
        actor=here.actor,
        now=timezone.now(),
    ).campaign


def _paste(client: Client, contract: Campaign, *rows: str) -> str:
    pasted = "\n".join(("Phone\tMessage", *rows))
    answer = client.post(f"/campaigns/{contract.public_id}/rows", {"pasted": pasted})
    assert answer.status_code == 302, text_of(answer)[-2000:]
    return str(answer["Location"]).removesuffix("/map")


def _checked(client: Client, contract: Campaign, *rows: str) -> str:
    place = _paste(client, contract, *rows)
    form = {"phone": "0", "message": "1", "kind": "column"}
    assert client.post(f"{place}/map", form)["Location"] == f"{place}/check"
    return place


def _say(client: Client, contract: Campaign) -> str:
    return text_of(client.get(f"/campaigns/{contract.public_id}"))


def test_from_the_contract_s_page_to_its_rows(client: Client, contract: Campaign) -> None:
    assert f"/campaigns/{contract.public_id}/rows" in _say(client, contract)
    first = text_of(client.get(f"/campaigns/{contract.public_id}/rows"))
    assert "Add rows" in first
    assert "Spring" in first
    place = _checked(client, contract, f"{STANDING}\tHello 1", "+79160000002\tHello 2", "12\tBad")
    shown = text_of(client.get(f"{place}/check"))
    assert "1 row is in the contract already and is not sent again" in shown
    assert "Repeated" in shown
    answer: Any = client.get(f"{place}/rejected?format=csv")
    rejected = b"".join(answer.streaming_content).decode()
    assert "The same text goes to this number already." in rejected
    shown = text_of(client.get(f"{place}/send"))
    for said in (
        "Spring",
        "Add 1 message",
        "1 row is rejected",
        "1 row is in the contract already",
        "Hello 2",
    ):
        assert said in shown
    assert "The contract has not begun: these rows wait in it until it starts." in shown
    assert Message.objects.filter(batch_id=contract.batch_id).count() == 1, "nothing is written yet"
    answer = client.post(f"{place}/add", follow=True)
    assert answer.redirect_chain[-1][0] == f"/campaigns/{contract.public_id}"
    shown = text_of(answer)
    assert "3 rows are being added." in shown
    assert "Rows are being added:" in shown
    assert "/rows" not in shown, "one file at a time"
    _read()
    shown = _say(client, contract)
    assert "Rows are being added:" not in shown
    assert "Rows added (3)" in shown
    assert client.get(f"{place}/send")["Location"] == f"/campaigns/{contract.public_id}", "it is over"
    contract.refresh_from_db()
    assert contract.total_count == 4


def _read() -> None:
    addition = Addition.objects.get()
    with Adding(addition.pk) as run:
        assert run.begin(now=timezone.now())
        while run.step(now=timezone.now()):
            pass


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (BatchState.FLOWING, "it goes on with these rows as they are read"),
        (BatchState.PAUSED, "these rows wait in it until it goes on"),
        (BatchState.FINISHED, "With these rows it is running again at once"),
    ],
)
def test_it_says_what_becomes_of_the_rows(
    client: Client, contract: Campaign, state: BatchState, said: str
) -> None:
    Batch.objects.filter(pk=contract.batch_id).update(state=state, started_at=timezone.now())
    place = _checked(client, contract, "+79160000002\tHello 2")
    assert said in text_of(client.get(f"{place}/send"))


def test_neither_the_number_nor_another_way_is_to_be_chosen(client: Client, contract: Campaign) -> None:
    place = _paste(client, contract, "+79160000002\tHello 2")
    shown = text_of(client.get(f"{place}/map"))
    assert "Which number sends?" not in shown
    assert 'name="kind" value="template"' not in shown
    answer = client.post(f"{place}/map", {"phone": "0", "message": "1", "kind": "template"})
    assert "These rows do not fit what the contract sends." in text_of(answer)


def test_its_drafts_stand_by_the_contract_and_in_no_other_list(client: Client, contract: Campaign) -> None:
    place = _paste(client, contract, "+79160000002\tHello 2")
    assert f"{place}/map" in text_of(client.get(f"/campaigns/{contract.public_id}/rows"))
    assert place not in text_of(client.get("/campaigns/new/"))
    answer = client.post(f"{place}/delete")
    assert answer["Location"] == f"/campaigns/{contract.public_id}/rows"
    assert not Draft.objects.exists()


def test_more_than_a_thousand_are_typed(client: Client, contract: Campaign, monkeypatch: Any) -> None:
    monkeypatch.setattr("qafila.web.ui.confirming.TYPED_ABOVE", 1)
    monkeypatch.setattr("qafila.web.pages.new_contract.adding.TYPED_ABOVE", 1)
    place = _checked(client, contract, "+79160000002\tHello 2", "+79160000003\tHello 3")
    assert "confirmed_count" in text_of(client.get(f"{place}/send"))
    assert client.post(f"{place}/add")["Location"] == f"{place}/send"
    assert not Addition.objects.exists()
    answer = client.post(f"{place}/add", {"confirmed_count": "2"})
    assert answer["Location"] == f"/campaigns/{contract.public_id}"
    assert Addition.objects.get().rows == 2


def test_a_contract_that_takes_none_says_why(client: Client, contract: Campaign, world: World) -> None:
    Campaign.objects.filter(pk=contract.pk).update(archived_at=timezone.now())
    assert f"/campaigns/{contract.public_id}/rows" not in _say(client, contract)
    answer = client.get(f"/campaigns/{contract.public_id}/rows", follow=True)
    assert "The contract is in the archive." in text_of(answer)
    copy = copy_contract(
        business=world.here.business,
        public_id=contract.public_id,
        name="x",
        actor=world.here.actor,
        now=timezone.now(),
    )
    answer = client.post(f"/campaigns/{copy.public_id}/rows", {"pasted": "Phone\tMessage\n1\t2"}, follow=True)
    assert "Its rows are not all in the books." in text_of(answer)
    assert not Draft.objects.exists()


def test_rows_that_did_not_come_are_told_of(client: Client, contract: Campaign, world: World) -> None:
    Addition.objects.create(
        business=world.here.business,
        campaign=contract,
        file="x",
        rows=5,
        rows_read=3,
        state=AdditionState.FAILED,
        reason="file_unreadable",
        created_at=timezone.now(),
    )
    shown = _say(client, contract)
    assert "2 rows of the last file were not added." in shown
    assert "The file cannot be read." in shown
