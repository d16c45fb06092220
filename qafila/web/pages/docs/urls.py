"""``docs/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.docs import views

app_name = "docs"
urlpatterns = [path("", views.docs, name="index")]
