"""A phone was unlinked by a person here: what is written down of it. The call to the gateway is in ``senders.unlinking``."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from qafila.alerts import actions as alerts
from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.senders.actions.health import health_of
from qafila.senders.actions.link_news import TOLD, UNLINKED, ends_with_link
from qafila.senders.actions.states import stop_sender
from qafila.senders.link_codes import NO_CODE
from qafila.senders.models import LinkState, PhoneLink, Sender, SenderState


def note_unlinked(*, sender: Sender, actor: Actor, now: datetime) -> None:
    """The number stands still until a phone is linked again; what holds it beside that (a ban, a pause) stays. What the gateway
    said of the link before is old news, and its word of this log-out no alert.

    :raises NotFound: another business. :raises NotAllowed: ``accounts:write`` is missing.
    """
    actor.must("accounts:write", business_id=sender.business_id, what="sender")
    subject = ("sender", str(sender.public_id))
    with transaction.atomic():
        # In the order in which link_news locks: the link, what is known of the number, the number.
        PhoneLink.objects.select_for_update(no_key=True).filter(sender=sender).first()
        PhoneLink.objects.filter(sender=sender).update(
            state=LinkState.ENDED, reason=UNLINKED, code_mark="", ended_at=now, **NO_CODE
        )
        health = health_of(sender)
        health.details = {**health.details, TOLD["logged_out"]: now.isoformat()}
        health.save(update_fields=["details"])
        if not stop_sender(sender_id=sender.pk, reason=UNLINKED, now=now):
            row = Sender.objects.select_for_update(no_key=True, of=("self",)).get(pk=sender.pk)
            if row.state == SenderState.STOPPED and ends_with_link(row.state_reason):
                Sender.objects.filter(pk=row.pk).update(state_reason=UNLINKED, updated_at=now)
                alerts.close_alert("sender_stopped", business_id=row.business_id, subject=subject, now=now)
        record_audit(
            actor=actor,
            action="sender.logged_out",
            subject_kind=subject[0],
            subject_id=subject[1],
            now=now,
        )
    sender.refresh_from_db(fields=["state", "state_reason", "rest_until", "updated_at"])
