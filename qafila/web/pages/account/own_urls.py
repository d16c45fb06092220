"""``account/``: one's own account, and the business in use."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.account import profile

app_name = "people"
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("sessions/<int:session_id>/end/", profile.end_session, name="end_session"),
    path("sessions/end/", profile.end_all_sessions, name="end_all_sessions"),
    path("business", profile.switch_business, name="switch_business"),
]
