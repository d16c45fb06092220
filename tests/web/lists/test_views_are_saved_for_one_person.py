"""U1: a filtered list can be kept under a name; the name is one person's, in one business."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client

from qafila.web.models import SavedView

Make = Callable[..., list[Any]]


def test_a_view_is_saved_found_again_and_deleted(owner: Client, storms: Make) -> None:
    storms(3)
    owner.post("/storms?level=warning&sort=code&page=3&evil=1&format=csv", {"save_view": " Urgent  ones "})
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Urgent ones", "level=warning&sort=code")
    html = owner.get("/storms").content.decode()
    assert 'href="?level=warning&amp;sort=code"' in html
    owner.post("/storms?level=info", {"save_view": "Urgent ones"})
    assert SavedView.objects.get().query == "level=info", "the same name makes a second view"
    owner.post("/storms", {"delete_view": str(view.pk)})
    assert not SavedView.objects.exists()


def test_nobody_else_has_it(owner: Client, reader: Client, stranger: Client, storms: Make) -> None:
    storms(1)
    owner.post("/storms?level=info", {"save_view": "Mine alone"})
    pk = SavedView.objects.get().pk
    for other in (reader, stranger):
        assert "Mine alone" not in other.get("/storms").content.decode()
        other.post("/storms", {"delete_view": str(pk)})
    assert SavedView.objects.filter(pk=pk).exists()


def test_an_empty_name_and_nonsense_are_refused_in_words(owner: Client, storms: Make) -> None:
    storms(1)
    owner.post("/storms", {"save_view": " \x00 "})
    assert "Give the view a name" in owner.get("/storms").content.decode()
    for nonsense in ("x", "-1", "9" * 40, "١"):
        assert owner.post("/storms", {"delete_view": nonsense}).status_code == 302
    assert not SavedView.objects.exists()
