"""``webhooks-out/`` (``/webhooks/`` is where providers call)."""

from __future__ import annotations

from django.urls import path

from qafila.web.pages.webhooks import acting, attempts, listing

app_name = "webhooks"
urlpatterns = [
    path("", listing.endpoints, name="list"),
    path("create", listing.create, name="create"),
    path("<uuid:endpoint_id>", attempts.Deliveries.as_view(), name="detail"),
    path("<uuid:endpoint_id>/standing", attempts.standing, name="standing"),
    path("<uuid:endpoint_id>/change", acting.change, name="change"),
    path("<uuid:endpoint_id>/switch", acting.switch, name="switch"),
    path("<uuid:endpoint_id>/test", acting.test, name="test"),
    path("<uuid:endpoint_id>/secret", acting.secret, name="secret"),
    path("<uuid:endpoint_id>/again", acting.again, name="again"),
    path("<uuid:endpoint_id>/delete", acting.delete, name="delete"),
    path("<uuid:endpoint_id>/<uuid:delivery_id>", attempts.delivery, name="delivery"),
    path("<uuid:endpoint_id>/<uuid:delivery_id>/again", acting.one_again, name="one_again"),
]
