"""A file's rows come into a contract that stands already: each once, whatever runs meanwhile and whoever is killed."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.storage import default_storage
from django.db import connection, connections

from qafila.businesses.actor import Actor
from qafila.businesses.models import AuditEntry, Business
from qafila.businesses.refusals import Clash, NotFound
from qafila.campaigns import actions, checking, incoming, jobs, reading
from qafila.campaigns.actions import draft_adding, draft_start, drafts
from qafila.campaigns.adding import Adding
from qafila.campaigns.models import Addition, AdditionState, Campaign, Draft
from qafila.campaigns.queries import drafts as reads
from qafila.dispatch.housekeeping import keep_house
from qafila.ledger import queries as ledger
from qafila.ledger.models import Batch, Message
from qafila.ledger.states import BatchState, State
from qafila.senders.models import MessageTemplate, Sender

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Make = Callable[..., Campaign]
For = Callable[..., Draft]


def _file(first: int, count: int) -> str:
    return "phone,message\n" + "".join(f"7999{n:07d},Hello {n}\n" for n in range(first, first + count))


def _rows(campaign: Campaign) -> list[tuple[int | None, str, str | None]]:
    return [(m.row_number, m.state.word, m.reason) for m in ledger.messages(campaign.batch_id)]


@pytest.fixture
def contract(business: Business, owner_actor: Actor, phone_linked_sender: Sender) -> Make:
    """A contract of the first ``count`` numbers, as :func:`_file` writes to them."""

    def make(count: int = 2, **given: Any) -> Campaign:
        rows = [{"phoneNumber": f"7999{n:07d}", "message": f"Hello {n}"} for n in range(count)]
        return actions.create_contract(
            business=business,
            sender=given.pop("sender", phone_linked_sender),
            name="Stands",
            recipients=given.pop("recipients", rows),
            actor=owner_actor,
            now=NOW,
            **given,
        ).campaign

    return make


@pytest.fixture
def draft_for(business: Business, owner_actor: Actor) -> For:
    """A checked draft whose rows are for a contract."""

    def make(campaign: Campaign, sheet: str, **given: Any) -> Draft:
        raw = sheet.encode()
        draft = draft_adding.create_draft_for(
            business=business,
            contract_id=campaign.public_id,
            file=incoming.store(iter([raw])),
            file_name="more.csv",
            file_size=len(raw),
            actor=owner_actor,
            now=NOW,
        )
        draft = drafts.configure_draft(
            business=business, public_id=draft.public_id, actor=owner_actor, now=NOW, **given
        )
        drafts.begin_check(draft, now=NOW)
        return draft

    return make


@pytest.fixture
def added(business: Business, owner_actor: Actor) -> Callable[[Draft], Addition]:
    """Gives the rows of a draft to its contract; nothing is read yet."""

    def add(draft: Draft) -> Addition:
        return draft_adding.add_draft(
            business=business, public_id=draft.public_id, actor=owner_actor, now=NOW
        )

    return add


def _read(addition: Addition) -> None:
    with Adding(addition.pk) as run:
        if run.begin(now=NOW):
            while run.step(now=NOW):
                pass
    addition.refresh_from_db()


def _finish(campaign: Campaign) -> None:
    """What waits is sent, and the round looks."""
    waiting = Message.objects.filter(batch_id=campaign.batch_id, state=State.QUEUED)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_batchsender AS c (batch_id, sender_id, sent) VALUES (%s, %s, %s)"
            " ON CONFLICT (batch_id, sender_id) DO UPDATE SET sent = c.sent + excluded.sent",
            (campaign.batch_id, campaign.batch.target_id, waiting.count()),
        )
    waiting.update(state=State.SENT, due_at=None, claimed_at=NOW, sent_at=NOW)
    keep_house(now=NOW)


def _state(campaign: Campaign) -> BatchState:
    return BatchState(Batch.objects.get(pk=campaign.batch_id).state)


def test_the_check_says_what_the_contract_has_already(
    contract: Make, draft_for: For, business: Business
) -> None:
    campaign = contract(2)
    draft = draft_for(campaign, _file(0, 5) + "12,Bad\n79990000004,Hello 4\n")
    result = draft.check_result
    assert (result["good"], result["refused"], result["repeated"], result["standing"]) == (3, 1, 3, 2)
    assert Message.objects.count() == 2, "nothing is written"
    found = reads.draft(business.pk, draft.public_id)
    assert found is not None
    refused = [(read.recipient.row, code) for read, code in checking.refused_rows(found)]
    assert refused == [(2, "duplicate"), (3, "duplicate"), (7, "phone.too_short"), (8, "repeated_row")]


def test_rows_come_behind_those_that_stand_there(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = contract(2)
    draft = draft_for(campaign, _file(1, 3) + "12,Bad\n79990000003,Hello 3\n")
    addition = added(draft)
    assert not Draft.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        _read(addition)
    campaign.refresh_from_db()
    assert _rows(campaign) == [
        (1, "queued", None),
        (2, "queued", None),
        (3, "skipped", "duplicate"),
        (4, "queued", None),
        (5, "queued", None),
        (6, "skipped", "phone.too_short"),
        (7, "skipped", "duplicate"),
    ]
    assert (campaign.total_count, addition.state) == (7, AdditionState.FINISHED)
    assert (addition.rows_read, addition.rows_skipped) == (5, 3)
    assert not default_storage.exists(addition.file)
    batch = Batch.objects.get(pk=campaign.batch_id)
    assert (batch.sealed, batch.total, BatchState(batch.state)) == (True, 7, BatchState.DRAFT)
    said = AuditEntry.objects.filter(subject_id=campaign.public_id).order_by("pk")
    assert [one.action for one in said] == ["contract.created", "contract.rows_added", "contract.imported"]


def test_a_running_one_does_not_finish_between_two_chunks(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    business: Business,
    owner_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = contract(1)
    actions.start_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=NOW)
    addition = added(draft_for(campaign, _file(1, 3)))
    with Adding(addition.pk) as run:
        assert run.begin(now=NOW)
        _finish(campaign)
        assert _state(campaign) is BatchState.FLOWING, "its rows are on their way"
        assert run.step(now=NOW)
        _finish(campaign)
        assert _state(campaign) is BatchState.FLOWING
        assert run.step(now=NOW)
        assert not run.step(now=NOW)
    _finish(campaign)
    assert _state(campaign) is BatchState.FINISHED
    assert ledger.counts(campaign.batch_id).sent == 4


def test_a_completed_one_runs_again_and_what_was_sent_is_not_sent_again(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    business: Business,
    owner_actor: Actor,
) -> None:
    campaign = contract(2)
    actions.start_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=NOW)
    _finish(campaign)
    assert _state(campaign) is BatchState.FINISHED
    addition = added(draft_for(campaign, _file(0, 3)))
    assert _state(campaign) is BatchState.FINISHED
    _read(addition)
    assert _state(campaign) is BatchState.FLOWING
    assert Counter(row[1:] for row in _rows(campaign)) == {
        ("sent", None): 2,
        ("skipped", "duplicate"): 2,
        ("queued", None): 1,
    }


@pytest.mark.parametrize("content", [_file(0, 2), "phone,message\n12,Bad\n"])
def test_a_file_without_a_new_row_is_not_added(
    contract: Make, draft_for: For, added: Callable[[Draft], Addition], content: str
) -> None:
    campaign = contract(2)
    draft = draft_for(campaign, content)
    with pytest.raises(Clash) as refusal:
        added(draft)
    assert refusal.value.code == "audience_empty"


def test_one_file_at_a_time(
    contract: Make, draft_for: For, added: Callable[[Draft], Addition], business: Business, owner_actor: Actor
) -> None:
    campaign = contract(2)
    first, second = draft_for(campaign, _file(2, 2)), draft_for(campaign, _file(4, 2))
    addition = added(first)
    with pytest.raises(Clash) as refusal:
        added(second)
    assert refusal.value.code == "not_complete"
    with pytest.raises(Clash) as refusal:
        actions.copy_contract(
            business=business, public_id=campaign.public_id, name="x", actor=owner_actor, now=NOW
        )
    assert refusal.value.code == "not_complete", "a copy would take a part of the rows"
    _read(addition)
    _read(added(second))
    assert [row[0] for row in _rows(campaign)] == [1, 2, 3, 4, 5, 6]


def test_a_contract_deleted_meanwhile_gets_no_more_rows(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    business: Business,
    owner_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = contract(1)
    addition = added(draft_for(campaign, _file(1, 4)))
    with Adding(addition.pk) as run:
        assert run.begin(now=NOW)
        assert run.step(now=NOW)
        actions.delete_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=NOW)
        with django_capture_on_commit_callbacks(execute=True):
            assert not run.step(now=NOW)
    addition.refresh_from_db()
    assert (addition.state, len(_rows(campaign))) == (AdditionState.FAILED, 3)
    assert not default_storage.exists(addition.file)


def test_a_file_that_is_gone_says_so_and_holds_nothing_up(
    contract: Make, draft_for: For, added: Callable[[Draft], Addition]
) -> None:
    campaign = contract(1)
    addition = added(draft_for(campaign, _file(1, 1)))
    default_storage.delete(addition.file)
    _read(addition)
    assert (addition.state, addition.reason) == (AdditionState.FAILED, "file_unreadable")
    assert Batch.objects.get(pk=campaign.batch_id).sealed
    assert added(draft_for(campaign, _file(1, 1))).state == AdditionState.WAITING


def test_a_draft_for_a_contract_becomes_no_contract_of_its_own(
    contract: Make, draft_for: For, business: Business, owner_actor: Actor
) -> None:
    draft = draft_for(contract(1), _file(1, 1))
    with pytest.raises(NotFound):
        draft_start.start_draft(
            business=business, public_id=draft.public_id, name="x", actor=owner_actor, now=NOW
        )


def test_a_new_draft_becomes_no_rows_of_anything(
    business: Business, owner_actor: Actor, phone_linked_sender: Sender
) -> None:
    raw = _file(1, 1).encode()
    draft = drafts.create_draft(
        business=business,
        file=incoming.store(iter([raw])),
        file_name="x.csv",
        file_size=len(raw),
        actor=owner_actor,
        now=NOW,
    )
    with pytest.raises(NotFound):
        draft_adding.add_draft(business=business, public_id=draft.public_id, actor=owner_actor, now=NOW)


@pytest.fixture
def template(sender: Sender) -> MessageTemplate:
    assert sender.provider_account is not None
    return MessageTemplate.objects.create(
        provider_account=sender.provider_account,
        name="order",
        language="en",
        status="APPROVED",
        can_send=True,
        category="UTILITY",
        components=[{"type": "BODY", "text": "Dear {{1}}, order {{2}} is ready."}],
        synced_at=NOW,
    )


def test_rows_of_a_template_fill_the_same_template(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    sender: Sender,
    template: MessageTemplate,
) -> None:
    campaign = contract(
        sender=sender,
        recipients=[{"phoneNumber": "79990000001", "params": ["Anna", "7"]}],
        template={"name": "order", "language": "en"},
    )
    content = "phone,name,order\n79990000001,Anna,7\n79990000001,Anna,8\n"
    draft = draft_for(campaign, content)
    assert draft.content["kind"] == "template"
    assert draft.content["template"] == str(template.public_id)
    given = {**draft.content, "values": {"1": "{{name}}", "2": "{{order}}"}}
    with pytest.raises(Clash) as refusal:
        added(draft_for(campaign, content, content={"kind": "text", "text": "Hello"}))
    assert refusal.value.code == "rows_other_content"
    other = MessageTemplate.objects.create(
        provider_account=template.provider_account,
        name="other",
        language="en",
        status="APPROVED",
        can_send=True,
        category="UTILITY",
        components=template.components,
        synced_at=NOW,
    )
    with pytest.raises(Clash) as refusal:
        added(draft_for(campaign, content, content={**given, "template": str(other.public_id)}))
    assert refusal.value.code == "rows_other_content"
    _read(added(draft_for(campaign, content, content=given)))
    rows = Message.objects.filter(batch_id=campaign.batch_id).order_by("pk")
    assert [(row.state, row.params) for row in rows] == [
        (State.QUEUED, ["Anna", "7"]),
        (State.SKIPPED, ["Anna", "7"]),
        (State.QUEUED, ["Anna", "8"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_costs_no_row_and_doubles_none(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    business: Business,
    owner_actor: Actor,
    worker_process: Any,
) -> None:
    campaign = contract(3)
    actions.start_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=NOW)
    count = reading.CHUNK * 2 + 500
    draft = draft_for(campaign, _file(0, count))
    if draft.check_result == {}:
        checking.check(draft.pk, draft.version, now=lambda: NOW)
    addition = added(draft)
    # Killed in its second chunk, before that one is committed.
    assert worker_process(failpoint="import_chunk:2").wait(timeout=120) == -signal.SIGKILL
    addition.refresh_from_db()
    campaign.refresh_from_db()
    assert (addition.rows_read, campaign.total_count) == (reading.CHUNK, 3 + reading.CHUNK)
    assert ledger.counts(campaign.batch_id).total == campaign.total_count
    with connection.cursor() as cursor:  # its heartbeat is long over
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    async_to_sync(jobs.resume_imports.func)(timestamp=0)
    assert worker_process().wait(timeout=180) == 0
    addition.refresh_from_db()
    campaign.refresh_from_db()
    assert (addition.state, campaign.total_count) == (AdditionState.FINISHED, 3 + count)
    assert [m.row_number for m in ledger.messages(campaign.batch_id)] == list(range(1, 3 + count + 1))
    counts = ledger.counts(campaign.batch_id)
    assert (counts.total, counts.queued, counts.skipped) == (3 + count, count, 3)
    said = Counter(Message.objects.filter(state=State.QUEUED).values_list("address", flat=True))
    assert set(said.values()) == {1}
    assert Batch.objects.get(pk=campaign.batch_id).sealed


def test_two_who_read_the_same_file_write_it_once(
    contract: Make,
    draft_for: For,
    added: Callable[[Draft], Addition],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = contract(1)
    addition = added(draft_for(campaign, _file(1, 4)))
    with Adding(addition.pk) as one, Adding(addition.pk) as other:
        assert one.begin(now=NOW)
        assert other.begin(now=NOW)
        assert one.step(now=NOW)
        assert not other.step(now=NOW)
        assert one.step(now=NOW)
        assert not one.step(now=NOW)
    assert [row[0] for row in _rows(campaign)] == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_number_their_rows_one_after_the_other_and_send_nothing_twice(
    contract: Make, business: Business, owner_actor: Actor
) -> None:
    campaign = contract(1)
    rows = [{"phoneNumber": f"7999{n:07d}", "message": f"Hello {n}"} for n in range(1, 40)]
    together = Barrier(4)

    def add(_: int) -> int:
        together.wait(timeout=60)
        try:
            return actions.add_rows(
                business=business, public_id=campaign.public_id, recipients=rows, actor=owner_actor, now=NOW
            ).accepted
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        accepted = sorted(pool.map(add, range(4)))
    assert accepted == [0, 0, 0, len(rows)]
    campaign.refresh_from_db()
    assert campaign.total_count == 1 + 4 * len(rows)
    assert [row[0] for row in _rows(campaign)] == list(range(1, campaign.total_count + 1))
