"""An uploaded file: every row becomes a message, once, whatever happens to the worker that reads it."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.storage import default_storage
from django.db import connection

from qafila.businesses.actor import Actor
from qafila.businesses.models import Business
from qafila.businesses.refusals import Refused
from qafila.campaigns import actions, jobs, queries, reading
from qafila.campaigns.importing import Import
from qafila.campaigns.models import Campaign, ImportState
from qafila.campaigns.rules.statuses import Status
from qafila.events.models import Event
from qafila.ledger import queries as ledger
from qafila.ledger.states import BatchState
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

Upload = Callable[..., Campaign]
Read = Callable[[Campaign], Campaign]


def _rows(campaign: Campaign) -> list[tuple[int | None, str, str | None]]:
    return [(m.row_number, m.state.word, m.reason) for m in ledger.messages(campaign.batch_id)]


def _file(count: int) -> str:
    return "phone,message\n" + "".join(f"7999{n:07d},Hello {n}\n" for n in range(count))


def test_every_row_becomes_a_message_with_its_row_number(
    uploaded: Upload, read_in: Read, django_capture_on_commit_callbacks: Any
) -> None:
    content = (
        "Имя;Телефон;Сообщение\n"
        "Анна;8 (999) 123-45-67;Привет\n"
        "Анна;+7 999 123 45 67;Привет\n"
        "Олег;12;Привет\n"
        "Олег;+79991234568;\n"
        "лишнее;+79991234568;a;b;c\n"
        "Дана;+972502345678;שלום\n"
        "Дана;+972502345678;עוד\n"
    )
    campaign = uploaded(content)
    assert (campaign.total_count, campaign.import_state) == (7, ImportState.WAITING)
    with django_capture_on_commit_callbacks(execute=True):
        read_in(campaign)
    national, *others = _rows(campaign)
    assert national[:2] == (2, "skipped")
    assert str(national[2]).startswith("phone.")  # an Egyptian business reads no Russian national number
    assert others == [
        (3, "queued", None),
        (4, "skipped", "phone.too_short"),
        (5, "skipped", "message_empty"),
        (6, "skipped", "ragged_row"),
        (7, "queued", None),
        (8, "queued", None),
    ]
    assert campaign.import_state == ImportState.FINISHED
    assert campaign.import_rows == 7
    assert [w["code"] for w in campaign.warnings] == ["same_number_other_text"]
    assert campaign.warnings[0]["rows"] == [[8, 7]]
    assert not default_storage.exists(campaign.import_file)
    assert Event.objects.filter(kind="import.finished", subject_id=campaign.public_id).count() == 1
    batch = campaign.batch
    batch.refresh_from_db()
    assert batch.sealed
    assert ledger.counts(batch.pk).total == 7


def test_duplicates_in_a_file_are_sent_once(
    uploaded: Upload, read_in: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = read_in(uploaded("phone,message\n" + "+79991234567,same\n" * 5 + "79991234567,same\n"))
    assert Counter(row[2] for row in _rows(campaign)) == {None: 1, "duplicate": 5}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("phone,message\n", "file_empty"),
        ("name,message\nx,y\n", "file_has_no_phone_column"),
        ("phone,other\n79991234567,y\n", "column_not_found"),
    ],
)
def test_a_file_that_is_none_is_refused_at_once(uploaded: Upload, content: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        uploaded(content)
    assert refusal.value.code == code
    assert Campaign.objects.count() == 0


def test_columns_that_a_person_names(uploaded: Upload, read_in: Read) -> None:
    campaign = uploaded("A,B\nHello,79991234567\n", options={"columns": {"phone": "B", "message": "A"}})
    read_in(campaign)
    assert _rows(campaign) == [(2, "queued", None)]


def test_columns_fill_a_templates_variables(uploaded: Upload, read_in: Read, sender: Sender) -> None:
    campaign = uploaded(
        "phone,First,Total\n79991234567,Anna,120\n",
        sender=sender,
        template={"name": "order", "language": "en"},
        options={"params": ["First", "Total"]},
    )
    read_in(campaign)
    (message,) = ledger.messages(campaign.batch_id)
    assert message.params == ["Anna", "120"]


def test_a_start_meanwhile_takes_effect_at_the_end(
    uploaded: Upload, read_in: Read, business: Business, owner_actor: Actor
) -> None:
    campaign = uploaded(_file(3))
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "business": business,
        "public_id": campaign.public_id,
        "actor": owner_actor,
        "now": now,
    }
    started = actions.start_contract(**given)
    assert (started.status, started.campaign.start_wanted) == (Status.PENDING, True)
    assert actions.pause_contract(**given) is Status.PENDING
    campaign.refresh_from_db()
    assert campaign.start_wanted is False
    actions.start_contract(**given)
    read_in(campaign)
    campaign.batch.refresh_from_db()
    assert campaign.batch.state == BatchState.FLOWING
    assert campaign.start_wanted is False


def test_a_contract_deleted_meanwhile_is_read_no_further(
    uploaded: Upload, business: Business, owner_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = uploaded(_file(6))
    now = datetime.now(UTC)
    with Import(campaign.pk) as run:
        assert run.begin(now=now)
        assert run.step(now=now)
        actions.delete_contract(business=business, public_id=campaign.public_id, actor=owner_actor, now=now)
        assert not run.step(now=now)
    assert ledger.counts(campaign.batch_id).total == 2
    campaign.batch.refresh_from_db()
    assert campaign.batch.state == BatchState.CANCELLED


def test_two_who_read_the_same_file_write_each_row_once(
    uploaded: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    campaign = uploaded(_file(9))
    now = datetime.now(UTC)
    with Import(campaign.pk) as one, Import(campaign.pk) as two:
        assert one.begin(now=now)
        assert two.begin(now=now)
        assert two.step(now=now)
        assert not one.step(now=now)
        while two.step(now=now):
            pass
    assert [row[0] for row in _rows(campaign)] == list(range(2, 11))


def test_a_file_that_went_missing_ends_the_contract(uploaded: Upload, read_in: Read, now: datetime) -> None:
    campaign = uploaded(_file(3))
    default_storage.delete(campaign.import_file)
    read_in(campaign)
    assert (campaign.import_state, campaign.import_reason) == (ImportState.FAILED, "file_unreadable")
    found = queries.contract(campaign.business_id, campaign.public_id, now=now)
    assert found is not None
    assert (found.status, found.hold_reason) == (Status.FAILED, "file_unreadable")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kills", [[2], pytest.param([1, 1, 2, 1], marks=pytest.mark.slow)])
def test_a_worker_killed_in_the_middle_costs_no_row_and_doubles_none(
    uploaded: Upload, worker_process: Any, kills: list[int]
) -> None:
    count = reading.CHUNK * 2 + 500
    campaign = uploaded(_file(count))
    chunks = 0
    for passes in kills:
        killed = worker_process(failpoint=f"import_chunk:{passes}")
        assert killed.wait(timeout=120) == -signal.SIGKILL
        chunks += passes - 1  # killed before the commit of the last one
        campaign.refresh_from_db()
        assert campaign.import_rows == chunks * reading.CHUNK
        assert ledger.counts(campaign.batch_id).total == campaign.import_rows
        with connection.cursor() as cursor:  # its heartbeat is long over
            cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
            assert cursor.fetchone() == (1,)
        async_to_sync(jobs.resume_imports.func)(timestamp=0)
    assert worker_process().wait(timeout=180) == 0
    campaign.refresh_from_db()
    assert campaign.import_state == ImportState.FINISHED
    assert [m.row_number for m in ledger.messages(campaign.batch_id)] == list(range(2, count + 2))
    counts = ledger.counts(campaign.batch_id)
    assert (counts.total, counts.queued) == (count, count)
