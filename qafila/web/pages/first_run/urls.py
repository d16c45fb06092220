"""``welcome/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.first_run import views

app_name = "first_run"
urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("steps/", views.steps, name="steps"),
    path("steps/note", views.note, name="note"),
    path("number", views.connect_number, name="connect_number"),
    path("message", views.first_message, name="first_message"),
    path("owner/<str:secret>/", views.owner, name="owner"),
]
