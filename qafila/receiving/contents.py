"""What people wrote, for webhook endpoints whose owner asked for contents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qafila.events.webhooks.facts import contents
from qafila.ledger.models import Message

MOST = 500
"""Messages in one webhook; the rest is asked for over the API."""


@contents("message.received")
def what_people_wrote(business_id: int, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """``{"messages": [{"id", "from", "text", "at"}]}``: the number in international form, as it stands now."""
    ids = [int(one) for one in data.get("messageIds", []) if str(one).isdigit()][:MOST]
    found = Message.objects.filter(business_id=business_id, pk__in=ids).order_by("pk")
    return {
        "messages": [
            {
                "id": str(one.pk),
                "from": f"+{one.address}" if one.address.isdigit() else one.address,
                "text": one.body,
                "at": (one.sent_at or one.created_at).isoformat(timespec="milliseconds"),
            }
            for one in found
        ]
    }
