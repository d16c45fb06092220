"""``alerts/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.AlertList.as_view(), name="list"),
    path("read-all", views.read_all, name="read_all"),
    path("<uuid:alert_id>/read", views.read, name="read"),
    path("<uuid:alert_id>/delete", views.delete, name="delete"),
]
