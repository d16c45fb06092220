"""``campaigns/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.campaigns import acting, calendar, copying, detail, giving
from qafila.web.pages.campaigns.listing import CampaignList

app_name = "campaigns"
urlpatterns = [
    path("", CampaignList.as_view(), name="list"),
    path("calendar", calendar.calendar, name="calendar"),
    path("<str:public_id>", detail.detail, name="detail"),
    path("<str:public_id>/part", detail.part, name="part"),
    path("<str:public_id>/waiting", detail.waiting_part, name="waiting"),
    path("<str:public_id>/course.json", detail.course, name="course"),
    path("<str:public_id>/start", acting.start, name="start"),
    path("<str:public_id>/pause", acting.pause, name="pause"),
    path("<str:public_id>/delete", acting.delete, name="delete"),
    path("<str:public_id>/give", giving.give, name="give"),
    path("<str:public_id>/copy", copying.copy, name="copy"),
    path("<str:public_id>/retry", acting.retry, name="retry"),
    path("<str:public_id>/hide", acting.hide, name="hide"),
    path("<str:public_id>/settle", acting.settle, name="settle"),
]
