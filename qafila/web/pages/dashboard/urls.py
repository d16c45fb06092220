"""The start page and what belongs to it."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.dashboard import stopping, views

app_name = "dashboard"
urlpatterns = [
    path("", views.dashboard, name="home"),
    path("dashboard/part", views.part, name="part"),
    path("dashboard/pace.json", views.pace, name="pace"),
    path("dashboard/pause-all", stopping.pause_all, name="pause-all"),
    path("dashboard/resume-all", stopping.resume_all, name="resume-all"),
]
