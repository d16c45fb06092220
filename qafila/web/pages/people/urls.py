"""``team/``."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.cache import never_cache

from qafila.web.pages.people import helping, inviting, team
from qafila.web.pages.people.listing import TeamList

app_name = "team"
urlpatterns = [
    path("", never_cache(TeamList.as_view()), name="list"),
    path("invite", inviting.send_invitation, name="invite"),
    path("invitations/<uuid:invitation_id>/renew", inviting.renew, name="renew"),
    path("invitations/<uuid:invitation_id>/revoke", inviting.revoke, name="revoke"),
    path("<uuid:person_id>/", team.person, name="person"),
    path("<uuid:person_id>/role", team.set_role, name="role"),
    path("<uuid:person_id>/remove", team.remove, name="remove"),
    path("<uuid:person_id>/password-link", helping.password_link, name="password_link"),
    path("<uuid:person_id>/second-factors/remove", helping.drop_second_factors, name="drop_second_factors"),
    path("<uuid:person_id>/sign-out", helping.sign_out, name="sign_out"),
]
