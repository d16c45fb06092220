"""``campaigns/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.campaigns import acting, archiving, calendar, copying, detail, giving, pacing, planning
from qafila.web.pages.campaigns.listing import CampaignList
from qafila.web.pages.new_contract import adding

app_name = "campaigns"
urlpatterns = [
    path("", CampaignList.as_view(), name="list"),
    path("calendar", calendar.calendar, name="calendar"),
    path("<str:public_id>", detail.detail, name="detail"),
    path("<str:public_id>/part", detail.part, name="part"),
    path("<str:public_id>/waiting", detail.waiting_part, name="waiting"),
    path("<str:public_id>/pace", pacing.pace, name="pace"),
    path("<str:public_id>/pace/<uuid:sender_id>", pacing.change, name="pace-change"),
    path("<str:public_id>/course.json", detail.course, name="course"),
    path("<str:public_id>/start", acting.start, name="start"),
    path("<str:public_id>/plan", planning.plan, name="plan"),
    path("<str:public_id>/call-off", planning.call_off, name="call-off"),
    path("<str:public_id>/pause", acting.pause, name="pause"),
    path("<str:public_id>/delete", acting.delete, name="delete"),
    path("<str:public_id>/archive", archiving.archive, name="archive"),
    path("<str:public_id>/unarchive", archiving.unarchive, name="unarchive"),
    path("<str:public_id>/give", giving.give, name="give"),
    path("<str:public_id>/rows", adding.choose, name="add-rows"),
    path("<str:public_id>/copy", copying.copy, name="copy"),
    path("<str:public_id>/retry", acting.retry, name="retry"),
    path("<str:public_id>/hide", acting.hide, name="hide"),
    path("<str:public_id>/settle", acting.settle, name="settle"),
]
