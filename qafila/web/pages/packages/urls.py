"""``packages/``."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.packages import acting, detail, listing, open_message, showing

app_name = "packages"
urlpatterns = [
    path("", listing.PackageList.as_view(), name="list"),
    path("new", showing.new, name="new"),
    path("<uuid:package_id>", detail.detail, name="detail"),
    path("<uuid:package_id>/part", detail.part, name="detail_part"),
    path("<uuid:package_id>/name", acting.rename, name="rename"),
    path("<uuid:package_id>/auto-pause", acting.auto_pause, name="auto_pause"),
    path("<uuid:package_id>/add", acting.add, name="add"),
    path("<uuid:package_id>/share", acting.share, name="share"),
    path("<uuid:package_id>/remove", acting.remove, name="remove"),
    path("<uuid:package_id>/pause", acting.pause, name="pause"),
    path("<uuid:package_id>/resume", acting.resume, name="resume"),
    path("<uuid:package_id>/delete", acting.delete, name="delete"),
    path("<uuid:package_id>/message", open_message.write, name="message"),
]
