"""Numbers that stand in the books stay (registered when the app starts)."""

from __future__ import annotations

from django.db import connection

from qafila.ledger.models import Batch, Window
from qafila.ledger.states import Target
from qafila.senders.keeping import keeper
from qafila.senders.models import Sender

_SENT = """
SELECT EXISTS (
    SELECT FROM ledger_batch b JOIN ledger_batchsender c ON c.batch_id = b.id
    WHERE b.business_id = %s AND c.sender_id = %s)
"""


@keeper
def has_history(sender: Sender) -> bool:
    """Whether a batch is addressed to it, it sent something, or somebody wrote to it."""
    addressed = Batch.objects.filter(
        business_id=sender.business_id, target_kind=Target.SENDER, target_id=sender.pk
    )
    if addressed.exists() or Window.objects.filter(sender_id=sender.pk).exists():
        return True
    with connection.cursor() as cursor:
        cursor.execute(_SENT, [sender.business_id, sender.pk])
        return bool(cursor.fetchone()[0])
