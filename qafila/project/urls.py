"""Every address the web process answers, except ``/webhooks/`` (``intake/``, in front of Django)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from qafila.api import door, health
from qafila.api.enclosure import nowhere
from qafila.project import schema

_ready, _live = health.views(lambda: schema.status().missing)

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", _ready, name="health"),
    path("health/live", _live, name="health-live"),
    path("", include("qafila.web.urls")),
    path("api/", include(door.urls())),
    re_path(r"^api(?:/(?P<path>.*))?$", nowhere),
]

# JSON under /api, a page elsewhere: also for what Django refuses before any view.
handler400 = "qafila.project.refusing.bad_request"
handler403 = "qafila.project.refusing.forbidden"
handler404 = "qafila.project.refusing.page_not_found"
handler500 = "qafila.project.refusing.server_error"
