"""U3: an export is the list under its present filter; a large one is written in the background, for its person only."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.test import Client

from qafila.businesses.models import Membership
from qafila.events import live
from qafila.web import jobs
from qafila.web.lists import export_run, exporting
from qafila.web.models import Export

Make = Callable[..., list[Any]]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows are many."""
    monkeypatch.setattr(exporting, "DIRECT_ROWS", 5)


def begin(browser: Client, query: str = "", kind: str = "csv", of: str = "/storms") -> Export:
    answer = browser.post(f"{of}{query}", {"export": kind})
    assert answer.status_code == 302
    return Export.objects.get(public_id=answer["Location"].rsplit("/", 1)[-1])


def test_a_small_list_comes_at_once_under_its_filter(owner: Client, storms: Make) -> None:
    storms(30)
    answer = owner.get("/storms?level=warning&sort=code&format=csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="alerts-')
    rows = rows_of(body(answer))
    assert rows[0] == ["Code", "Level", "Count", "Last"]
    assert [row[0] for row in rows[1:]] == [f"storm_{n:03d}" for n in range(0, 30, 3)]
    assert rows[1][3] == "2026-06-01 15:00:00", "moments are not on the business's clock"


def test_a_spreadsheet_opens_and_counts_are_numbers(owner: Client, storms: Make) -> None:
    import openpyxl

    storms(3)
    sheet = openpyxl.load_workbook(io.BytesIO(body(owner.get("/storms?format=xlsx")))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:3] == ["storm_000", "warning", 1]


def test_a_cell_is_never_a_formula(owner: Client, storms: Make) -> None:
    storms(1, prefix="=cmd|'/c calc'!A0")
    assert rows_of(body(owner.get("/storms?format=csv")))[1][0].startswith("'=")


@pytest.mark.parametrize("kind", ["pdf", "CSV", "../../x"])
def test_an_unknown_format_is_no_page(owner: Client, storms: Make, kind: str) -> None:
    storms(1)
    assert owner.get(f"/storms?format={kind}").status_code == 404
    assert owner.post("/storms", {"export": kind}).status_code == 404


@pytest.mark.usefixtures("small")
def test_looking_never_begins_an_export(owner: Client, storms: Make) -> None:
    storms(6)
    page = owner.get("/storms?format=csv")
    assert 'name="export" value="csv"' in page.content.decode()
    assert not Export.objects.exists()


@pytest.mark.usefixtures("small")
def test_a_large_list_is_written_in_the_background(owner: Client, storms: Make) -> None:
    storms(30)
    export = begin(owner, "?level=warning&page=2")
    page = owner.get(f"/exports/{export.public_id}").content.decode()
    assert "<progress" in page
    assert owner.get(f"/exports/{export.public_id}/file").status_code == 404
    now = datetime.now(UTC)
    export_run.run(export.pk, now=now)
    export.refresh_from_db()
    assert (export.state, export.done, export.total) == ("finished", 10, 10)
    answer = owner.get(f"/exports/{export.public_id}/file")
    assert len(rows_of(body(answer))) == 11
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert export.public_id in owner.get("/exports/").content.decode()


@pytest.mark.usefixtures("small")
def test_an_export_is_for_its_person_in_its_business(
    owner: Client, reader: Client, stranger: Client, storms: Make
) -> None:
    storms(6)
    export = begin(owner)
    export_run.run(export.pk, now=datetime.now(UTC))
    for other in (reader, stranger, Client()):
        for address in (f"/exports/{export.public_id}", f"/exports/{export.public_id}/file"):
            assert other.get(address).status_code in {302, 404}, address
        assert export.public_id not in other.get("/exports/").content.decode()


@pytest.mark.usefixtures("small")
def test_who_lost_the_right_to_the_list_loses_the_file(owner: Client, storms: Make) -> None:
    storms(6)
    kept, lost = begin(owner), begin(owner, of="/audit/")
    for export in (kept, lost):
        export_run.run(export.pk, now=datetime.now(UTC))
        assert owner.get(f"/exports/{export.public_id}/file").status_code == 200
    Membership.objects.update(role="read_only")
    assert owner.get(f"/exports/{kept.public_id}/file").status_code == 200, "alerts are for everybody"
    for address in (f"/exports/{lost.public_id}", f"/exports/{lost.public_id}/file"):
        assert owner.get(address).status_code == 404, address
    assert lost.public_id not in owner.get("/exports/").content.decode()


@pytest.mark.usefixtures("small")
def test_the_link_ends_and_the_file_goes(owner: Client, storms: Make) -> None:
    from django.core.files.storage import default_storage

    storms(6)
    export = begin(owner)
    now = datetime.now(UTC)
    export_run.run(export.pk, now=now)
    export.refresh_from_db()
    Export.objects.update(expires_at=now - timedelta(seconds=1))
    assert owner.get(f"/exports/{export.public_id}/file").status_code == 404
    assert export_run.expire(now=now) == 1
    assert not default_storage.exists(export.file)
    assert owner.get(f"/exports/{export.public_id}").status_code == 200


@pytest.mark.usefixtures("small")
def test_who_left_meanwhile_gets_no_file(owner: Client, storms: Make) -> None:
    storms(6)
    export = begin(owner)
    Membership.objects.all().delete()
    export_run.run(export.pk, now=datetime.now(UTC))
    export.refresh_from_db()
    assert (export.state, export.file) == ("failed", "")


@pytest.mark.usefixtures("small")
def test_an_export_that_nobody_writes_says_so(owner: Client, storms: Make) -> None:
    from qafila.dispatch.models import Worker

    storms(6)
    page = f"/exports/{begin(owner).public_id}"
    assert "No worker is running" in owner.get(page).content.decode()
    now = datetime.now(UTC)
    Worker.objects.create(host="here", pid=1, version="0", started_at=now, seen_at=now)
    part = owner.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "No worker is running" not in part
    assert "<progress" in part


@pytest.mark.usefixtures("small")
@pytest.mark.django_db(transaction=True)
def test_an_open_page_hears_that_its_export_failed(owner: Client, storms: Make, dsn: str) -> None:
    storms(6)
    export = begin(owner)
    now = datetime.now(UTC)
    with psycopg.connect(dsn, autocommit=True) as ear:
        ear.execute(f"LISTEN {live.CHANNEL}")
        export_run.give_up(export.pk, now=now)
        (told,) = ear.notifies(timeout=10, stop_after=1)
        assert f"export:{export.public_id}" in told.payload
        export_run.give_up(export.pk, now=now + timedelta(minutes=1))
        assert not list(ear.notifies(timeout=0)), "it is told again at each round of the job"
    export.refresh_from_db()
    assert (export.state, export.finished_at) == ("failed", now)
    assert "could not be written" in owner.get(f"/exports/{export.public_id}").content.decode()


@pytest.mark.usefixtures("small")
def test_the_job_is_queued_and_an_interrupted_one_begins_anew(owner: Client, storms: Make) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    storms(6)
    export = begin(owner)
    (job,) = ProcrastinateJob.objects.filter(task_name="web.write_export")
    assert job.args == {"export_id": export.pk}
    Export.objects.update(state="running", done=4)
    export_run.run(export.pk, now=datetime.now(UTC))
    export.refresh_from_db()
    assert (export.state, export.done) == ("finished", 6)
    assert asyncio.iscoroutinefunction(jobs.write_export.func)


@pytest.mark.usefixtures("small")
def test_the_file_speaks_the_readers_language(owner: Client, storms: Make) -> None:
    import zipfile

    from django.conf import settings

    storms(6)
    owner.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
    export = begin(owner, kind="xlsx")
    assert export.language == "ar"
    export_run.run(export.pk, now=datetime.now(UTC))
    export.refresh_from_db()
    answer = owner.get(f"/exports/{export.public_id}/file")
    with zipfile.ZipFile(io.BytesIO(body(answer))) as book:
        assert b'rightToLeft="1"' in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.usefixtures("small")
def test_earlier_exports_are_a_list_by_state_name_and_age(owner: Client, storms: Make) -> None:
    storms(6)
    made = [begin(owner) for _ in range(4)]
    now = datetime.now(UTC)
    for n, state in enumerate(("finished", "finished", "failed", "waiting")):
        given = {"state": state, "asked_at": now + timedelta(seconds=n), "name": f"storms-{n}.csv"}
        Export.objects.filter(pk=made[n].pk).update(file="kept" if n == 0 else "", **given)

    def shown(query: str) -> list[str]:
        return [line.row.name[7] for line in owner.get(f"/exports/{query}").context["lines"]]

    assert shown("") == ["3", "2", "1", "0"]
    assert shown("?sort=asked") == ["0", "1", "2", "3"]
    assert shown("?q=S-2") == ["2"]
    assert [
        shown(f"?state={one}") for one in ("finished", "expired", "file_failed", "waiting", "running")
    ] == [*(["0"], ["1"], ["2"], ["3"], [])]
    counts = owner.get("/exports/?state=waiting").context["counts"]
    assert dict(counts) == {"": 4, "waiting": 1, "running": 0, "finished": 1, "file_failed": 1, "expired": 1}
