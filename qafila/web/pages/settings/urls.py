"""``settings/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.settings import views

app_name = "settings"
urlpatterns = [
    path("", views.business, name="business"),
    path("new-business", views.another, name="another"),
    path("first-steps", views.show_first_steps, name="show_first_steps"),
]
