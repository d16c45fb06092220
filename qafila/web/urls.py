"""Pages for people."""

from __future__ import annotations

from django.urls import path

from qafila.web import views

urlpatterns = [path("", views.start, name="start")]
