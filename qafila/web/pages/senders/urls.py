"""``senders/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.senders import acting, adding, days, detail, gateway
from qafila.web.pages.senders.listing import SenderList

app_name = "senders"
urlpatterns = [
    path("", SenderList.as_view(), name="list"),
    path("new", adding.new, name="new"),
    path("new/cloud-api", adding.cloud_api, name="new_cloud_api"),
    path("new/number", adding.number, name="new_number"),
    path("new/by", gateway.new, name="new_kind"),
    path("new/by/add", gateway.add, name="add_kind"),
    path("<uuid:sender_id>", detail.detail, name="detail"),
    path("<uuid:sender_id>/part", detail.part, name="part"),
    path("<uuid:sender_id>/pace.json", detail.pace, name="pace"),
    path("<uuid:sender_id>/days.json", days.days, name="days"),
    path("<uuid:sender_id>/pause", acting.pause, name="pause"),
    path("<uuid:sender_id>/resume", acting.resume, name="resume"),
    path("<uuid:sender_id>/directions", acting.directions, name="directions"),
    path("<uuid:sender_id>/log-out", acting.log_out, name="log_out"),
    path("<uuid:sender_id>/rest", acting.rest, name="rest"),
    path("<uuid:sender_id>/read-back", acting.read_back, name="read_back"),
    path("<uuid:sender_id>/own-pace", acting.own_pace, name="own_pace"),
    path("<uuid:sender_id>/template", acting.template, name="template"),
    path("<uuid:sender_id>/change", acting.change, name="change"),
    path("<uuid:sender_id>/hours", acting.hours, name="hours"),
    path("<uuid:sender_id>/secrets", acting.secrets, name="secrets"),
    path("<uuid:sender_id>/set-up", gateway.set_up, name="set_up"),
    path("<uuid:sender_id>/set-up/file", gateway.set_up_file, name="set_up_file"),
    path("<uuid:sender_id>/try", gateway.try_gateway, name="try_gateway"),
    path("<uuid:sender_id>/private-network", gateway.private_network, name="private_network"),
]
