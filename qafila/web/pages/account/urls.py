"""``account/``: what allauth serves, and ways in by a link."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.account import entrance, signing_in

urlpatterns = [
    *signing_in.urlpatterns,
    path("link/<str:secret>/", entrance.sign_in_link, name="sign_in_link"),
    path("new-password/<str:secret>/", entrance.password_link, name="password_link"),
    path("invitation/<str:secret>/", entrance.invitation, name="invitation"),
]
