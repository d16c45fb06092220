"""From ids in an address to what they name; another business's are not there."""

from __future__ import annotations

import uuid

from django.http import Http404

from qafila.events.webhooks import queries
from qafila.events.webhooks.models import WebhookDelivery, WebhookEndpoint
from qafila.web.shell.doors import Current


def endpoint_of(current: Current, endpoint_id: uuid.UUID | str) -> WebhookEndpoint:
    """The endpoint of this id. Raises :class:`Http404`."""
    found = queries.endpoint(current.business.pk, endpoint_id)
    if found is None:
        raise Http404
    return found


def delivery_of(
    current: Current, endpoint_id: uuid.UUID | str, delivery_id: uuid.UUID | str
) -> WebhookDelivery:
    """The delivery of this id. Raises :class:`Http404`."""
    found = queries.delivery(current.business.pk, endpoint_id, delivery_id)
    if found is None:
        raise Http404
    return found
