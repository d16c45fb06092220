"""``keys/``."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.cache import never_cache

from qafila.web.pages.keys import views
from qafila.web.pages.keys.listing import KeyList

app_name = "keys"
urlpatterns = [
    path("", never_cache(KeyList.as_view()), name="list"),
    path("create", views.create, name="create"),
    path("<uuid:key_id>/", views.key, name="key"),
    path("<uuid:key_id>/rotate", views.rotate, name="rotate"),
    path("<uuid:key_id>/networks", views.bind, name="bind"),
    path("<uuid:key_id>/revoke", views.revoke, name="revoke"),
]
