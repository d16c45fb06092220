"""What stands in the audit log, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: Final[Mapping[str, Promise]] = {
    "alert.deleted": _("Deleted an alert"),
    "api_key.created": _("Made an API key"),
    "api_key.revoked": _("Revoked an API key"),
    "api.called_without_key": _("Called the API without a key"),
    "business.changed": _("Changed the settings of the business"),
    "business.created": _("Opened the business"),
    "business.first_steps": _("Went on with the first steps"),
    "business.opened": _("Opened a further business"),
    "contract.created": _("Made a contract"),
    "contract.started": _("Started a contract"),
    "contract.paused": _("Paused a contract"),
    "contract.deleted": _("Deleted a contract"),
    "contract.failed_retried": _("Tried failed messages again"),
    "contact.opted_in": _("Took an opt-out back"),
    "contact.opted_out": _("Noted an opt-out"),
    "draft.created": _("Uploaded a file"),
    "draft.deleted": _("Threw a draft away"),
    "invitation.made": _("Invited somebody"),
    "invitation.renewed": _("Made a new invitation link"),
    "invitation.revoked": _("Withdrew an invitation"),
    "member.added": _("Became a member"),
    "member.removed": _("Removed a member"),
    "member.role_changed": _("Changed a member's role"),
    "messages.cancelled": _("Cancelled messages"),
    "messages.resolved": _("Settled uncertain messages"),
    "messages.retried": _("Tried failed messages again"),
    "messages.settled_failed": _("Counted uncertain messages as failed"),
    "messages.settled_resend": _("Sent uncertain messages once more"),
    "messages.settled_sent": _("Counted uncertain messages as sent"),
    "person.changed": _("Changed name or language"),
    "person.password_changed": _("Changed the password"),
    "person.password_link_made": _("Made a link for a new password"),
    "person.recovery_codes_made": _("Made new recovery codes"),
    "person.second_factor_added": _("Added a second factor"),
    "person.second_factor_removed": _("Removed a second factor"),
    "person.second_factors_removed": _("Took all second factors away"),
    "person.session_ended": _("Signed a browser out"),
    "person.sessions_ended": _("Signed out everywhere"),
    "person.sign_in_link_made": _("Made a sign-in link"),
    "person.signed_in": _("Signed in"),
    "person.signed_out": _("Signed out"),
    "person.works_here": _("Switched to this business"),
    "provider_account.created": _("Connected a provider account"),
    "provider_account.resumed": _("Resumed a provider account"),
    "provider_account.secrets_changed": _("Changed a provider account's secrets"),
    "sender.changed": _("Changed a sender"),
    "sender.connected": _("Connected a sender"),
    "sender.created": _("Made a sender"),
    "sender.default_template_set": _("Set a sender's default template"),
    "sender.own_pace_off": _("Switched a sender's own pace off"),
    "sender.own_pace_on": _("Switched a sender's own pace on"),
    "sender.paused": _("Paused a sender"),
    "sender.rested": _("Let a sender rest"),
    "sender.resumed": _("Resumed a sender"),
    "sending.paused": _("Paused all sending"),
    "sending.resumed": _("Resumed all sending"),
    "test_number.removed": _("Removed a number for tests"),
    "test_number.saved": _("Saved a number for tests"),
}
"""Codes of ``record_audit``. One that is not here is shown as it is."""

KINDS: Final[Mapping[str, Promise]] = {
    "user": _("A person"),
    "api_key": _("An API key"),
    "command": _("The qafila command"),
    "legacy": _("A client without a key"),
    "system": _("Qafila itself"),
}
"""Who acts (``AuditEntry.actor_kind``)."""


def action_word(code: str) -> str:
    """The action in words."""
    return str(ACTIONS.get(code, code))


def value_in_words(value: object) -> str:
    """A detail's value: lists with commas, yes and no, everything else as it is."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(value_in_words(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
