"""The four steps with plain forms, as a browser without JavaScript sends them."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.web.new_contract.wizard import PEOPLE, one_works, sheet, text_of, upload
from tests.web.world import World

pytestmark = pytest.mark.django_db

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</textarea><svg onload=alert(1)>",
    "{% load static %}{{ request.user.password }}",
    "javascript:alert(1)",
    "\u202e<b>\u2066",
]


def test_from_the_file_to_the_start(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign

    place = upload(client, sheet(PEOPLE))
    assert "Person 0" in text_of(client.get(f"{place}/map"))
    form = {
        "phone": "1",
        "name": "0",
        "kind": "text",
        "text": "Hello {{name}}",
        "sender": str(world.here.sender.public_id),
    }
    assert client.post(f"{place}/map", form)["Location"] == f"{place}/check"
    shown = text_of(client.get(f"{place}/check?show=rejected"))
    assert 'name="cell:12:1"' in shown
    assert 'name="cell:13:0"' in shown
    mended = {"cell:12:1": "+79161238888", "was:12:1": "12", "cell:13:0": "", "was:13:0": ""}
    assert client.post(f"{place}/mend", mended)["Location"] == f"{place}/check"
    shown = text_of(client.get(f"{place}/send"))
    assert "Hello Person 0" in shown
    assert "Recipient 1 of 11" in shown
    assert "Hello Person 4" in text_of(client.get(f"{place}/send?who=5"))
    answer = client.post(f"{place}/start", {"title": "Spring"})
    campaign = Campaign.objects.get(name="Spring")
    assert answer["Location"] == f"/campaigns/{campaign.public_id}"
    assert client.session["undo"]["url"] == f"{place}/undo"
    assert client.post(f"{place}/undo")["Location"] == f"{place}/send"
    campaign.refresh_from_db()
    assert campaign.deleted_at is not None


def test_pasted_cells_with_breaks_inside(client: Client) -> None:
    pasted = 'Phone\tMessage\n+79161230001\t"line one\nline ""two"""\n+79161230002\tplain\n'
    place = str(client.post("/campaigns/new/", {"pasted": pasted})["Location"]).removesuffix("/map")
    client.post(f"{place}/map", {"phone": "0", "message": "1", "kind": "column"})
    shown = text_of(client.get(f"{place}/check"))
    assert "line one\nline &quot;two&quot;" in shown
    assert "Go on with 2 rows" in shown


def test_nothing_that_was_uploaded_becomes_markup(client: Client) -> None:
    rows: list[list[object]] = [["Name", "Phone", *NASTY]]
    rows += [[nasty, f"+7916123{n:04d}", *NASTY] for n, nasty in enumerate(NASTY)]
    rows += [[nasty, "12", *NASTY] for nasty in NASTY]
    place = upload(client, sheet(rows), "<script>alert(1)</script>.xlsx")
    pages = [text_of(client.get(f"{place}/map"))]
    for text in (*NASTY, "Hi {{name}}"):
        answer = client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": text})
        pages.append(text_of(answer))
    pages += [
        text_of(client.get(f"{place}/{step}"))
        for step in ("map", "check", "check?show=rejected", "send", "send?who=2")
    ]
    pages.append(text_of(client.get("/campaigns/new/")))
    for page in pages:
        for mark in ("<script>alert", "<img src=x", "<svg onload", "' onfocus='"):
            assert mark not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in pages[-2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel format"),
        (b"PK\x03\x04" + bytes(100), "cannot be read"),
        (b"phone,message\n", "empty"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_is_not_kept(
    client: Client, content: bytes, words: str
) -> None:
    from qafila.campaigns.models import Draft

    answer = client.post("/campaigns/new/", {"file": SimpleUploadedFile("x.xlsx", content)})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Draft.objects.exists()


def test_a_large_start_has_to_be_typed(client: Client) -> None:
    from qafila.campaigns.models import Campaign

    before = Campaign.objects.count()
    rows = "phone,message\n" + "".join(f"+7916{n:07d},Hi\n" for n in range(1_200_000, 1_201_001))
    place = upload(client, rows.encode(), "many.csv")
    client.post(f"{place}/map", {"phone": "0", "message": "1", "kind": "column"})
    assert "type the number" in text_of(client.get(f"{place}/send"))
    for typed in ("", "1000", "yes"):
        assert (
            client.post(f"{place}/start", {"title": "x", "confirmed_count": typed})["Location"]
            == f"{place}/send"
        )
    assert Campaign.objects.count() == before
    assert (
        "/campaigns/contract_"
        in client.post(f"{place}/start", {"title": "x", "confirmed_count": "1 001"})["Location"]
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rejected_rows_are_put_right_and_come_back(client: Client, kind: str) -> None:
    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name}}"})
    raw = b"".join(client.get(f"{place}/rejected?format={kind}"))
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(raw))
        page = book.active
        assert page is not None
        assert [cell.value for cell in page[2]][:3] == ["Short", "12", 12]
        page["B2"], page["A3"] = "+79161238888", "Late"
        out = io.BytesIO()
        book.save(out)
        raw = out.getvalue()
    else:
        raw = raw.replace(b'"12","12"', b'"+79161238888","12"').replace(b'"","\'+7', b'"Late","\'+7')
    again = upload(client, raw, f"rejected.{kind}")
    client.post(f"{again}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name}}"})
    assert "Go on with 2 rows" in text_of(client.get(f"{again}/check"))


def test_the_sample_fits_the_text(client: Client) -> None:
    place = upload(client, sheet(PEOPLE))
    form = {"phone": "1", "kind": "text", "text": "{{Name}} {{City|x}}", "again": "1"}
    client.post(f"{place}/map", form)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{place}/sample"))))
    page = book.active
    assert page is not None
    assert [cell.value for cell in page[1]] == ["Phone", "Name", "City"]
    assert b"Phone" in b"".join(client.get("/campaigns/new/sample?format=csv"))


def test_what_is_written_is_kept_quietly(client: Client) -> None:
    from qafila.campaigns.models import Draft

    place = upload(client, sheet(PEOPLE))
    answer = client.post(f"{place}/keep", {"kind": "text", "text": "Half a senten"})
    assert answer.status_code == 200
    assert "saved" in answer.json()["kept"]
    draft = Draft.objects.get()
    assert (draft.content["text"], draft.columns) == ("Half a senten", {"name": 0, "phone": 1})
    shown = text_of(client.get(f"{place}/map"))
    assert "Half a senten" in shown
    assert f'href="/account/login/?next={place}/map" target="_blank"' in shown, (
        "no way to sign in and come back"
    )


def test_a_column_that_no_file_has_is_no_column(client: Client) -> None:
    from qafila.campaigns.models import Draft

    place = upload(client, sheet(PEOPLE))
    for odd in ("9" * 5000, "-1", "١"):
        assert client.post(f"{place}/keep", {"phone": odd, "name": "0"}).status_code in {200, 422}, odd[:5]
    assert Draft.objects.get().columns.get("phone") in {None, 1}


def test_a_stopped_number_blocks_the_start_with_a_link(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import Sender

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    Sender.objects.filter(pk=world.here.sender.pk).update(state="stopped", state_reason="sender_banned")
    shown = text_of(client.get(f"{place}/send"))
    assert "This has to be put right first" in shown
    assert f'href="{place}/map#sender"' in shown
    assert "Send 11 messages now" not in shown
    before = Campaign.objects.count()
    client.post(f"{place}/start", {"title": "x"})
    assert Campaign.objects.count() == before


def test_a_check_in_the_background_shows_how_far_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    from qafila.campaigns import checking, jobs
    from qafila.campaigns.models import Draft

    place = upload(client, sheet(PEOPLE))
    monkeypatch.setitem(checking.AT_ONCE_BYTES, "xlsx", 1)
    monkeypatch.setattr(jobs, "defer_check", lambda draft: None)
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    Draft.objects.update(check_state="running", check_rows=400, check_share=0.25)
    shown = text_of(client.get(f"{place}/check"))
    assert "400 of about 1600 rows" in shown.replace(",", "")
    assert "HX-Refresh" not in client.get(f"{place}/progress")
    assert "No worker is running" in shown
    one_works()
    assert "No worker is running" not in text_of(client.get(f"{place}/progress"))
    draft = Draft.objects.get()
    checking.check(draft.pk, draft.version, now=lambda: timezone.now() + timedelta(seconds=1))
    assert client.get(f"{place}/progress")["HX-Refresh"] == "true"


def test_a_template_with_a_picture_and_a_link(client: Client, world: World) -> None:
    from qafila.campaigns.models import Campaign
    from qafila.senders.models import MessageTemplate

    made = MessageTemplate.objects.create(
        provider_account=world.here.account,
        name="eid",
        language="en",
        status="APPROVED",
        can_send=True,
        components=[
            {"type": "HEADER", "format": "IMAGE"},
            {"type": "BODY", "text": "Our Eid offers are here."},
            {
                "type": "BUTTONS",
                "buttons": [{"type": "URL", "text": "Look", "url": "https://a.example/{{1}}"}],
            },
        ],
    )
    place = upload(client, sheet(PEOPLE))
    form = {
        "phone": "1",
        "name": "0",
        "kind": "template",
        "template": str(made.public_id),
        "sender": str(world.here.sender.public_id),
        "again": "1",
    }
    client.post(f"{place}/map", form)
    asked = text_of(client.get(f"{place}/map"))
    assert 'name="value:header:image"' in asked
    assert 'name="value:button:0:url"' in asked
    del form["again"]
    assert client.post(f"{place}/map", form).status_code == 422
    form |= {
        "value:header:image": "https://a.example/eid.jpg",
        "value:button:0:url": "{{phone}}",
        "value:7": "x",
    }
    assert client.post(f"{place}/map", form)["Location"] == f"{place}/check"
    shown = text_of(client.get(f"{place}/send"))
    assert "Our Eid offers are here." in shown
    assert "https://a.example/eid.jpg" in shown
    client.post(f"{place}/test-number", {"phone": "+79161230000", "name": "Me"})
    client.post(f"{place}/test", {"who": "1", "number": ["+79161230000"]})
    test = Campaign.objects.get(name__startswith="Test")
    assert test.batch.content["components"][0]["type"] == "header"
    client.post(f"{place}/start", {"title": "Eid"})
    campaign = Campaign.objects.get(name="Eid")
    assert campaign.batch.content["components"][1]["sub_type"] == "url"
    assert campaign.import_options["more"] == {
        "header:image": "https://a.example/eid.jpg",
        "button:0:url": "{{phone}}",
    }


def test_in_the_seconds_before_it_begins(client: Client) -> None:
    """The page says that it begins, offers to take it back, and nothing else that would change it."""
    from qafila.campaigns.actions import draft_start
    from qafila.campaigns.models import Campaign, Draft

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    client.post(f"{place}/check")
    client.post(f"{place}/start", {"title": "Spring"})
    campaign = Campaign.objects.get(name="Spring")
    address = f"/campaigns/{campaign.public_id}"
    shown = text_of(client.get(address))
    assert "It begins in a few seconds." in shown
    assert f'action="{place}/undo"' in shown
    assert f'action="{address}/start"' not in shown
    assert "The rows are being read" not in shown
    assert f'formaction="{address}/start"' not in text_of(client.get("/campaigns/"))
    Draft.objects.update(start_at=timezone.now() - timedelta(seconds=1))
    shown = text_of(client.get(f"{address}/part"))
    assert "It begins now." in shown
    assert "No worker is running" in shown
    assert f'action="{place}/undo"' not in shown
    one_works()
    assert "No worker is running" not in text_of(client.get(f"{address}/part"))
    draft_start.begin_due(now=timezone.now())
    shown = text_of(client.get(address))
    assert "It begins" not in shown
    assert "The rows are being read" in shown
