"""``audit/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.AuditLog.as_view(), name="list"),
    path("chain", views.chain, name="chain"),
    path("<int:entry_id>/", views.entry, name="entry"),
]
