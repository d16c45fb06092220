"""``keys/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.keys import views

app_name = "keys"
urlpatterns = [
    path("", views.keys, name="list"),
    path("create", views.create, name="create"),
    path("<uuid:key_id>/rotate", views.rotate, name="rotate"),
    path("<uuid:key_id>/networks", views.bind, name="bind"),
    path("<uuid:key_id>/revoke", views.revoke, name="revoke"),
]
