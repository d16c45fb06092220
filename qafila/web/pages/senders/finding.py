"""The sender that an address names; another business's is not there."""

from __future__ import annotations

import uuid

from django.http import Http404

from qafila.senders.models import Sender
from qafila.senders.queries import for_business
from qafila.web.shell.doors import Current


def sender_of(current: Current, sender_id: uuid.UUID) -> Sender:
    """With its provider account, portfolio and health. Raises :class:`Http404`."""
    rows = for_business(current.business.pk).select_related("provider_account__portfolio", "health")
    found = rows.filter(public_id=sender_id).first()
    if found is None:
        raise Http404
    return found
