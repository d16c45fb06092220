"""The number that an address names; another business's is not there."""

from __future__ import annotations

import uuid

from django.http import Http404

from qafila.senders.models import Sender
from qafila.senders.queries import by_public_id
from qafila.web.shell.doors import Current


def number_of(current: Current, number_id: uuid.UUID) -> Sender:
    """With its provider account. Raises :class:`Http404`."""
    found = by_public_id(current.business.pk, number_id)
    if found is None:
        raise Http404
    return found
