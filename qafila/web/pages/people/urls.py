"""``team/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.people import helping, team

app_name = "team"
urlpatterns = [
    path("", team.team, name="list"),
    path("invite", team.send_invitation, name="invite"),
    path("invitations/<uuid:invitation_id>/renew", team.renew, name="renew"),
    path("invitations/<uuid:invitation_id>/revoke", team.revoke, name="revoke"),
    path("<uuid:person_id>/role", team.set_role, name="role"),
    path("<uuid:person_id>/remove", team.remove, name="remove"),
    path("<uuid:person_id>/password-link", helping.password_link, name="password_link"),
    path("<uuid:person_id>/second-factors/remove", helping.drop_second_factors, name="drop_second_factors"),
    path("<uuid:person_id>/sign-out", helping.sign_out, name="sign_out"),
]
