"""``directions/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.directions import editing, listing

app_name = "directions"
urlpatterns = [
    path("", listing.DirectionList.as_view(), name="list"),
    path("new", editing.new, name="new"),
    path("<uuid:direction_id>", editing.edit, name="edit"),
    path("<uuid:direction_id>/delete", editing.delete, name="delete"),
]
