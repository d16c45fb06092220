"""``messages/open/``: the same address that the API has, since one may go out over a number as well as over a package."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.open_messages import acting, detail

app_name = "open_messages"
urlpatterns = [
    path("<str:open_id>", detail.detail, name="detail"),
    path("<str:open_id>/part", detail.part, name="part"),
    path("<str:open_id>/resume", acting.resume, name="resume"),
    path("<str:open_id>/cancel", acting.cancel, name="cancel"),
]
