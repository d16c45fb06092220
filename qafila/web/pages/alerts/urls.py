"""``alerts/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.alerts import channels, views

app_name = "alerts"
urlpatterns = [
    path("", views.AlertList.as_view(), name="list"),
    path("read-all", views.read_all, name="read_all"),
    path("channels", channels.channels, name="channels"),
    path("mutes/<uuid:mute_id>/end", channels.unmute, name="unmute"),
    path("<uuid:alert_id>", views.go, name="go"),
    path("<uuid:alert_id>/mute", channels.mute, name="mute"),
    path("<uuid:alert_id>/read", views.read, name="read"),
    path("<uuid:alert_id>/delete", views.delete, name="delete"),
]
