"""``numbers/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.numbers import acting, adding, detail
from qafila.web.pages.numbers.listing import NumberList

app_name = "numbers"
urlpatterns = [
    path("", NumberList.as_view(), name="list"),
    path("new", adding.new, name="new"),
    path("<uuid:number_id>", detail.detail, name="detail"),
    path("<uuid:number_id>/figures", detail.figures, name="figures"),
    path("<uuid:number_id>/label", acting.label, name="label"),
    path("<uuid:number_id>/default", acting.default, name="default"),
    path("<uuid:number_id>/switch", acting.switch, name="switch"),
    path("<uuid:number_id>/validate", acting.ask_provider, name="validate"),
    path("<uuid:number_id>/delete", acting.delete, name="delete"),
]
