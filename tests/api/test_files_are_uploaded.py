"""``POST /api/contracts/upload``: a file of any size becomes a contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from qafila.campaigns import incoming
from qafila.campaigns.importing import Import
from qafila.campaigns.models import Campaign
from qafila.senders.models import Sender

pytestmark = pytest.mark.django_db

CSV = "phone,message\n79991234567,Привет\n+7 999 123 45 67,Привет\n12,=2+5\n"


def _files() -> set[str]:
    try:
        return set(default_storage.listdir(incoming.FOLDER)[1])
    except FileNotFoundError:
        return set()


@pytest.fixture(autouse=True)
def _no_file_is_left_behind() -> Iterator[None]:
    before = _files()
    yield
    waiting = {name.rpartition("/")[2] for name in Campaign.objects.values_list("import_file", flat=True)}
    assert _files() - before <= waiting


@pytest.fixture
def path(phone_linked_sender: Sender) -> str:
    return f"/api/contracts/upload?accountId={phone_linked_sender.public_id}&name=File"


def _upload(call: Any, path: str, content: str | bytes = CSV, **headers: str) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return call("POST", path, raw=raw, content_type="text/csv", **headers)


def _read_all() -> None:
    for campaign in Campaign.objects.exclude(import_state="finished"):
        with Import(campaign.pk) as run:
            if run.begin(now=datetime.now(UTC)):
                while run.step(now=datetime.now(UTC)):
                    pass


def test_the_total_is_final_at_once_and_the_rows_follow(call: Any, path: str) -> None:
    answer = _upload(call, path)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["import"] == {"state": "waiting", "rowsRead": 0, "total": 3}
    assert (made["totalCount"], made["status"], made["possibleDuplicateOf"]) == (3, "PENDING", None)
    started = call.post(f"/api/contracts/{made['id']}/start").json()
    assert (started["status"], started["startsAfterImport"]) == ("PENDING", True)
    _read_all()
    seen = call.get(f"/api/contracts/{made['id']}").json()
    assert (seen["status"], seen["import"]["state"], seen["import"]["rowsRead"]) == (
        "IN_PROGRESS",
        "finished",
        3,
    )
    assert (seen["states"]["queued"], seen["states"]["skipped"]) == (1, 2)


def test_refused_rows_can_be_fetched_put_right_and_uploaded_again(call: Any, path: str) -> None:
    contract = _upload(call, path).json()["id"]
    _read_all()
    listed = call.get(f"/api/contracts/{contract}/rejected").json()
    assert [(r["row"], r["phoneNumber"], r["code"]) for r in listed["rejected"]] == [
        (3, "+7 999 123 45 67", "duplicate"),
        (4, "12", "phone.too_short"),
    ]
    page = call.get(f"/api/contracts/{contract}/rejected?limit=1").json()
    rest = call.get(f"/api/contracts/{contract}/rejected?after={page['nextAfter']}").json()
    assert page["rejected"] + rest["rejected"] == listed["rejected"]
    file = call.get(f"/api/contracts/{contract}/rejected?format=csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in file.headers["Content-Disposition"]
    text = file.content.decode("utf-8-sig")
    assert '"\'=2+5"' in text  # no spreadsheet evaluates it
    again = _upload(call, path, file.content)
    assert again.json()["totalCount"] == 2
    _read_all()
    lines = call.get(f"/api/contracts/{again.json()['id']}/messages").json()["messages"]
    assert call.get(f"/api/messages/{lines[1]['id']}").json()["text"] == "=2+5"


def test_a_form_with_a_file_and_fields_will_do(call: Any, phone_linked_sender: Sender) -> None:
    response: Any = call.client.post(
        "/api/contracts/upload",
        {
            "accountId": str(phone_linked_sender.public_id),
            "name": "Form",
            "file": SimpleUploadedFile("list.csv", CSV.encode(), "text/csv"),
        },
        headers={"X-API-Key": call.key},
    )
    assert response.status_code == 201, response.content
    assert Campaign.objects.get().name == "Form"


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("", 422, "field_required", "name"),
        ("name=y", 422, "field_required", "accountId"),
        ("accountId=x&name=y", 404, "account_not_found", "accountId"),
        ("accountId=x", 422, "field_required", "name"),
        ("accountId=x&name=y&strict=1", 422, "unknown_field", "strict"),
    ],
)
def test_what_an_upload_must_say(call: Any, query: str, status: int, code: str, field: str) -> None:
    answer = _upload(call, f"/api/contracts/upload?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (status, code, field)


@pytest.mark.parametrize(
    ("content", "more", "code"),
    [
        (b"", "", "file_empty"),
        (b"phone,message\n", "", "file_empty"),
        (b"a,b\nc,d\n", "", "file_has_no_phone_column"),
        (b"phone,message\n79991234567,a\n", "&messageColumn=Nope", "column_not_found"),
        (b"phone,message\n79991234567,a\n", "&encoding=klingon", "file_unreadable"),
        (b"phone,message\n79991234567,a\n", "&params=message", "invalid_value"),
        (b"phone,message\n79991234567,a\n", "&template=T!&templateLanguage=en", "default_template_invalid"),
        (b"\x00\x01\x02\xff" * 500, "", None),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_forgotten(
    call: Any, path: str, content: bytes, more: str, code: str | None
) -> None:
    answer = _upload(call, path + more, content)
    assert answer.status_code == 422, answer.content
    assert code is None or answer.json()["error"]["code"] == code
    assert Campaign.objects.count() == 0


def test_a_file_over_the_limit_is_cut_off(call: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = incoming.store
    monkeypatch.setattr(incoming, "store", lambda pieces: store(pieces, most=20))
    answer = _upload(call, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "file_too_large")


def test_the_same_upload_again_has_one_effect(call: Any, path: str) -> None:
    first = _upload(call, path, Idempotency_Key="k")
    again = _upload(call, path, Idempotency_Key="k")
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Campaign.objects.count() == 1
    assert _upload(call, path, CSV + "x,y\n", Idempotency_Key="k").status_code == 422
    assert Campaign.objects.count() == 1


def test_the_same_file_without_a_key_is_a_possible_duplicate(call: Any, path: str) -> None:
    first, second = _upload(call, path).json(), _upload(call, path).json()
    assert second["possibleDuplicateOf"] == first["id"]
    refused = call.post(f"/api/contracts/{second['id']}/start")
    assert refused.json()["error"]["code"] == "possible_duplicate"
