"""Every kind of event: what happened, its subject, what its data holds. Emitting another kind is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "batch.started": "Batch began or went on. Data: {}.",
    "batch.paused": "A person paused a batch. Data: {}.",
    "batch.cancelled": "A person cancelled a batch. Data: {}.",
    "batch.finished": "Nothing of a batch is left to do. Subject: batch. Data: {}.",
    "batch.held": "The engine holds a batch until a person acts. Subject: batch. Data: code, at_start (nothing went out).",
    "messages.uncertain": "Nobody knows whether messages of a batch went out. Subject: batch. Data: count.",
    "message.received": "People wrote to us. Subject: sender. Data: message ids, at most one event a webhook batch.",
    "message.echoed": "The business wrote to people from its phone app. Subject: sender. Data: sender_id, message_ids.",
    "messages.receipts": "Receipts came in. Subject: batch. Data: counts.",
    "sender.state_changed": "A sender may send again, or no more. Subject: sender. Data: from, to, reason.",
    "sender.trouble": "A receipt or webhook says a number is limited or locked. Data: failure, code, scope, sender_id, message_ids.",
    "account.state_changed": "A provider account works again, or no more. Subject: provider_account. Data: from, to, reason.",
    "account.trouble": "A webhook speaks of trouble with a provider account. Subject: provider_account. Data: code.",
    "account.limits_changed": "The provider raised or lowered a limit of an account. Subject: provider_account. Data: {}.",
    "package.changed": "Members, weights or the switch of a package changed. Subject: package. Data: senders (row ids to wake).",
    "package.held": "Campaigns of a package were held after losses. Subject: package. Data: batches (count), senders (count).",
    "package.released": "A person let go on what was held over a package. Subject: package. Data: since (of the hold).",
    "contact.opted_out": "A person does not want to be written to. Subject: contact. Data: source.",
    "contact.opted_in": "A person wants to be written to again. Subject: contact. Data: source.",
    "template.changed": "The provider changed the state of a template. Subject: template. Data: account, name, language, state, can_send.",
    "ticket.opened": "People wrote, and tickets were opened for it. Data: ticket_ids (public), one event a webhook batch.",
    "ticket.closed": "A ticket was closed. Subject: ticket. Data: as (done, merged), into (public id, if merged).",
    "worker.lost": "A worker's lock was found free. Subject: none. Data: worker (row id). Handled when it had time to come back.",
    "import.finished": "An uploaded list was read. Subject: campaign. Data: rows, skipped.",
    "import.failed": "An uploaded list could not be read. Subject: campaign. Data: code.",
    "alert.raised": "Something needs a person, or has grown worse. Subject: alert. Data: id, code, level, count, muted.",
    "alert.closed": "An alert is over, or a person deleted it. Subject: alert. Data: as alert.raised, and how.",
    "webhook.endpoint_disabled": "An endpoint for webhooks was switched off by itself. Subject: webhook_endpoint. Data: reason, host.",
    "webhook.endpoint_enabled": "It is on again, or it was deleted. Subject: webhook_endpoint. Data: {}.",
    "event.given_up": "An event's handlers did not succeed in all their tries. Subject: event. Data: kind, trouble.",
}
"""Kind to its explanation. The subject is a (kind, public id); data carries ids, counts and codes, never texts or numbers."""
