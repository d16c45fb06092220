"""Pages for people. Each part is one line here and has its own ``urls.py`` under ``pages/``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from qafila.web.lists import views as lists
from qafila.web.lists.exports import ExportList
from qafila.web.live import views as live
from qafila.web.shell import views as shell
from qafila.web.shell.search import search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("qafila.web.pages.dashboard.urls")),
    path("campaigns/new/", include("qafila.web.pages.new_contract.urls")),
    path("campaigns/", include("qafila.web.pages.campaigns.urls")),
    path("messages/open/", include("qafila.web.pages.open_messages.urls")),
    path("messages/", include("qafila.web.pages.messages.urls")),
    path("language", shell.choose_language, name="language"),
    path("theme", shell.choose_theme, name="theme"),
    path("search", search, name="search"),
    path("live", live.live, name="live"),
    path("live/badge", live.badge, name="live-badge"),
    path("changes/<str:public_id>", lists.change, name="change"),
    path("exports/", ExportList.as_view(), name="exports"),
    path("exports/<str:public_id>", lists.export, name="export"),
    path("exports/<str:public_id>/file", lists.export_file, name="export-file"),
    path("", include("qafila.web.pages.pairing.urls")),
    path("senders/", include("qafila.web.pages.senders.urls")),
    path("packages/", include("qafila.web.pages.packages.urls")),
    path("directions/", include("qafila.web.pages.directions.urls")),
    path("numbers/", include("qafila.web.pages.numbers.urls")),
    path("alerts/", include("qafila.web.pages.alerts.urls")),
    path("docs/", include("qafila.web.pages.docs.urls")),
    path("team/", include("qafila.web.pages.people.urls")),
    path("keys/", include("qafila.web.pages.keys.urls")),
    path("webhooks-out/", include("qafila.web.pages.webhooks.urls")),
    path("audit/", include("qafila.web.pages.audit.urls")),
    path("settings/", include("qafila.web.pages.settings.urls")),
    path("welcome/", include("qafila.web.pages.first_run.urls")),
    path("account/", include("qafila.web.pages.account.urls")),
    path("account/", include("qafila.web.pages.account.own_urls")),
    # Parts, one line each, longest address first: dashboard "", campaigns/new/, campaigns/, messages/, senders/, alerts/,
    # docs/, team/, keys/, audit/, settings/, account/, welcome/.
]
