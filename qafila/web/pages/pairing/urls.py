"""``senders/<id>/link`` for people of the business, ``link/<token>`` for the phone's owner."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.pairing import guest, views

app_name = "pairing"
urlpatterns = [
    path("senders/<uuid:sender_id>/link", views.page, name="page"),
    path("senders/<uuid:sender_id>/link/part", views.part, name="part"),
    path("senders/<uuid:sender_id>/link/start", views.start, name="start"),
    path("senders/<uuid:sender_id>/link/code", views.code, name="code"),
    path("senders/<uuid:sender_id>/link/cancel", views.cancel, name="cancel"),
    path("link/<str:token>", guest.page, name="guest"),
    path("link/<str:token>/part", guest.part, name="guest_part"),
]
