"""A button that is pressed twice, Back, a file that is gone or large: each leads to what there is, with a sentence."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.web.new_contract.wizard import PEOPLE, sheet, text_of, upload

pytestmark = pytest.mark.django_db


def test_send_pressed_twice_and_back_lead_to_the_contract(client: Client) -> None:
    """A page that says that there is none would have it made, and sent, once more."""
    from qafila.campaigns.actions import draft_start, drafts
    from qafila.campaigns.models import Campaign, Draft

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    client.post(f"{place}/check")
    client.post(f"{place}/start", {"title": "Spring"})
    there = f"/campaigns/{Campaign.objects.get(name='Spring').public_id}"
    for again in (
        client.post(f"{place}/start", {"title": "Spring"}),
        *(client.get(f"{place}/{step}") for step in ("map", "check", "send", "rejected")),
    ):
        assert again["Location"] == there
    assert Campaign.objects.filter(name="Spring").count() == 1
    quiet = client.post(f"{place}/keep", {"title": "x"}, headers={"Accept": "application/json"})
    assert (quiet.status_code, quiet.json()["next"]) == (409, there)
    part = client.get(f"{place}/progress", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, there)
    Draft.objects.update(start_at=timezone.now() - timedelta(seconds=1))
    draft_start.begin_due(now=timezone.now())
    drafts.forget_old_drafts(now=timezone.now() + timedelta(minutes=1))
    assert not Draft.objects.exists()
    assert client.get(f"{place}/send")["Location"] == there


def test_delete_and_undo_pressed_twice(client: Client) -> None:
    from qafila.campaigns.models import Campaign

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name|you}}"})
    client.post(f"{place}/check")
    client.post(f"{place}/start", {"title": "Spring"})
    for _click in range(2):
        assert client.post(f"{place}/undo")["Location"] == f"{place}/send"
    assert "Pause it instead" not in text_of(client.get(f"{place}/send"))
    client.post(f"{place}/delete")
    again = client.post(f"{place}/delete", follow=True)
    assert again.redirect_chain == [("/campaigns/new/", 302)]
    assert "This draft was deleted." in text_of(again)
    assert client.get(f"{place}/send")["Location"] == "/campaigns/new/"
    assert client.get("/campaigns/new/draft_0000000000000000000000/send").status_code == 404
    assert not Campaign.objects.filter(name="Spring", deleted_at=None).exists()


def test_rejected_rows_of_a_large_file_are_written_in_the_background(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would not wait while the whole file is read and judged."""
    import csv

    from django.core.files.storage import default_storage

    from qafila.campaigns import checking
    from qafila.campaigns.models import Draft
    from qafila.web.lists import export_run
    from qafila.web.models import Export

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name}}"})
    monkeypatch.setitem(checking.AT_ONCE_BYTES, "xlsx", 1)
    asked = text_of(client.get(f"{place}/rejected?format=csv"))
    assert "The list has 2 rows." in asked
    assert not Export.objects.exists(), "looking began it"
    form = re.search(
        r'<form method="post" action="(\?[^"]*)">.*<button [^>]*name="(\w+)" value="(\w+)"', asked
    )
    assert form
    action, name, kind = form.groups()
    there = client.post(f"{place}/rejected{action}", {name: kind})["Location"]
    assert f'href="{place}/check"' in text_of(client.get(there))
    export = Export.objects.get()
    export_run.run(export.pk, now=timezone.now())
    assert export.name.endswith(".csv")
    lines = list(csv.reader(io.StringIO(b"".join(client.get(f"{there}/file")).decode("utf-8-sig"))))
    assert lines[0][:2] == ["Name", "Phone"]
    assert [line[2] for line in lines[1:]] == ["12", "13"]

    assert client.post(f"{place}/rejected{action}", {name: "exe"}).status_code == 404
    client.post(f"{place}/rejected{action}", {name: kind})
    default_storage.delete(Draft.objects.get().file)
    export = Export.objects.latest("pk")
    export_run.run(export.pk, now=timezone.now())
    assert "could not be written" in text_of(client.get(f"/exports/{export.public_id}"))


def test_a_file_that_is_gone_is_said_instead_of_its_rejected_rows(client: Client) -> None:
    from django.core.files.storage import default_storage

    from qafila.campaigns.models import Draft

    place = upload(client, sheet(PEOPLE))
    client.post(f"{place}/map", {"phone": "1", "name": "0", "kind": "text", "text": "Hello {{name}}"})
    default_storage.delete(Draft.objects.get().file)
    answer = client.get(f"{place}/rejected", follow=True)
    assert answer.redirect_chain == [(f"{place}/check", 302)]
    assert "cannot be read" in text_of(answer)
