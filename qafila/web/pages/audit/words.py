"""What stands in the audit log, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qafila.web.pages.account.fields import ROLES

ACTIONS: Final[Mapping[str, Promise]] = {
    "alert.deleted": _("Deleted an alert"),
    "alert.muted": _("Muted an alert"),
    "alert.unmuted": _("Ended the muting of an alert"),
    "api_key.bound": _("Changed from where an API key may be used"),
    "api_key.created": _("Made an API key"),
    "api_key.revoked": _("Revoked an API key"),
    "api_key.rotated": _("Replaced an API key"),
    "api_key.used_elsewhere": _("Refused an API key that came from another network"),
    "api.called_without_key": _("Called the API without a key"),
    "bulk_action.given_up": _("Could not bring a bulk action to its end"),
    "business.changed": _("Changed the settings of the business"),
    "business.created": _("Opened the business"),
    "business.first_steps": _("Went on with the first steps"),
    "business.opened": _("Opened a further business"),
    "contract.created": _("Made a contract"),
    "contract.started": _("Started a contract"),
    "contract.paused": _("Paused a contract"),
    "contract.planned": _("Set the moment at which a contract begins by itself"),
    "contract.called_off": _("Took back the moment at which a contract was to begin"),
    "contract.not_begun": _("A contract did not begin at its moment"),
    "contract.deleted": _("Deleted a contract"),
    "contract.archived": _("Put a contract into the archive"),
    "contract.unarchived": _("Took a contract out of the archive"),
    "contract.moved": _("Gave a contract to others to send"),
    "contract.imported": _("Read a contract's rows into the books"),
    "contract.duplicate_confirmed": _("Confirmed that a contract is no duplicate"),
    "contract.failed_cleared": _("Hid failed messages from the lists of the API"),
    "provider_account.own_limit": _("Set an own limit of people a day"),
    "contract.failed_retried": _("Tried failed messages again"),
    "contract.rows_added": _("Added rows to a contract"),
    "contact.opted_in": _("Took an opt-out back"),
    "contact.opted_out": _("Noted an opt-out"),
    "direction.changed": _("Changed a direction"),
    "direction.created": _("Made a direction"),
    "direction.deleted": _("Deleted a direction"),
    "draft.created": _("Uploaded a file"),
    "draft.deleted": _("Threw a draft away"),
    "invitation.made": _("Invited somebody"),
    "invitation.renewed": _("Made a new invitation link"),
    "invitation.revoked": _("Withdrew an invitation"),
    "legacy.imported": _("Copied data from a system before"),
    "member.added": _("Became a member"),
    "member.removed": _("Removed a member"),
    "member.role_changed": _("Changed a member's role"),
    "messages.cancelled": _("Cancelled messages"),
    "messages.moved": _("Moved messages to another number"),
    "messages.put_first": _("Put messages first"),
    "messages.resolved": _("Settled uncertain messages"),
    "messages.retried": _("Tried failed messages again"),
    "messages.settled_failed": _("Counted uncertain messages as failed"),
    "messages.settled_resend": _("Sent uncertain messages once more"),
    "messages.settled_sent": _("Counted uncertain messages as sent"),
    "open_message.cancelled": _("Cancelled an open message"),
    "open_message.created": _("Sent an open message"),
    "open_message.resumed": _("Resumed an open message"),
    "package.auto_pause_off": _("Switched a package's auto-pause off"),
    "package.auto_pause_on": _("Switched a package's auto-pause on"),
    "package.created": _("Made a package"),
    "package.deleted": _("Deleted a package"),
    "package.member_added": _("Added a number to a package"),
    "package.member_removed": _("Took a number out of a package"),
    "package.paused": _("Paused a package"),
    "package.renamed": _("Renamed a package"),
    "package.resumed": _("Resumed a package"),
    "package.weight_set": _("Changed a number's share of a package"),
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
    "sender.deleted": _("Deleted a number"),
    "sender.made_default": _("Made a number the default"),
    "sender.own_pace_off": _("Switched a sender's own pace off"),
    "sender.own_pace_on": _("Switched a sender's own pace on"),
    "provider_account.private_network_allowed": _("Allowed a gateway in a private network"),
    "provider_account.private_network_forbidden": _("Forbade a gateway in a private network"),
    "provider_account.set_up": _("Changed the set-up of a gateway"),
    "sender.gateway_tried": _("Sent a test over a gateway"),
    "sender.link_begun": _("Began to link a phone"),
    "sender.link_ended": _("Ended linking a phone"),
    "sender.logged_out": _("Logged a number out of its gateway"),
    "sender.paused": _("Paused a sender"),
    "sender.rested": _("Let a sender rest"),
    "sender.resumed": _("Resumed a sender"),
    "sender.switched_off": _("Switched a number off"),
    "sender.switched_on": _("Switched a number on"),
    "sending.paused": _("Paused all sending"),
    "sending.resumed": _("Resumed all sending"),
    "test_number.removed": _("Removed a number for tests"),
    "test_number.saved": _("Saved a number for tests"),
    "ticket.closed": _("Closed a ticket"),
    "ticket.transferred": _("Gave a ticket to another direction"),
    "webhook.changed": _("Changed a webhook endpoint"),
    "webhook.created": _("Added a webhook endpoint"),
    "webhook.deleted": _("Deleted a webhook endpoint"),
    "webhook.secret_replaced": _("Replaced the secret of a webhook endpoint"),
    "webhook.sent_again": _("Sent webhooks again"),
    "webhook.switched_off": _("Switched a webhook endpoint off"),
    "webhook.switched_on": _("Switched a webhook endpoint on"),
    "webhook.tested": _("Tested a webhook endpoint"),
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


SUBJECTS: Final[Mapping[str, Promise]] = {
    "alert": _("alert"),
    "api_key": _("API key"),
    "bulk_action": _("bulk action"),
    "business": _("business"),
    "contact": pgettext_lazy("whom messages go to", "person"),
    "contract": _("contract"),
    "direction": _("direction"),
    "draft": _("draft"),
    "invitation": _("invitation"),
    "message": _("message"),
    "messages": _("messages"),
    "open_message": _("open message"),
    "package": _("package"),
    "provider_account": _("provider account"),
    "sender": _("sender"),
    "test_number": _("number for tests"),
    "ticket": _("ticket"),
    "user": _("member"),
    "webhook_endpoint": _("webhook endpoint"),
}
"""To what it was done (``AuditEntry.subject_kind``). One that is not here is shown as it is."""


DETAILS: Final[Mapping[str, Promise]] = {
    "account": _("account"),
    "action": _("action"),
    "asked": _("asked for"),
    "by": _("by"),
    "bytes": _("bytes"),
    "changed": _("changed"),
    "closed_windows": _("closed windows"),
    "code": _("code"),
    "copy_of": _("copy of"),
    "count": _("how many"),
    "draft": _("draft"),
    "email": _("e-mail"),
    "file": _("file"),
    "filter": _("filter"),
    "first": _("first"),
    "from": _("from"),
    "held": _("On hold"),
    "kind": _("kind"),
    "label": _("label"),
    "list": _("list"),
    "merged_into": _("merged into"),
    "messages": _("messages"),
    "method": _("way"),
    "name": _("name"),
    "networks": _("networks"),
    "number": _("number"),
    "numbers": _("numbers"),
    "package": _("package"),
    "people": _("people"),
    "phone": _("phone number"),
    "reason": _("reason"),
    "rejected": _("rejected"),
    "role": _("role"),
    "rows": _("rows"),
    "scopes": _("rights"),
    "sender": _("sender"),
    "since": _("since"),
    "source": _("source"),
    "stands_in": _("stands in"),
    "started": _("started"),
    "status": _("status"),
    "successor": _("successor"),
    "to": _("to"),
    "types": _("event types"),
    "until": _("until"),
    "weight": _("weight"),
    "with_contents": _("with contents"),
}
"""What stands beside an entry (keys of ``AuditEntry.detail``). One that is not here is shown as it is."""


def detail_word(key: str) -> str:
    """The name of a detail, in words."""
    return str(DETAILS.get(key, key.replace("_", " ")))


def subject_word(kind: str) -> str:
    """What kind of thing, in words."""
    return str(SUBJECTS.get(kind, kind))


def action_word(code: str) -> str:
    """The action in words."""
    return str(ACTIONS.get(code, code))


def value_in_words(value: object, key: str = "") -> str:
    """A detail's value: lists with commas, yes and no, a role by its name, everything else as it is."""
    if key == "role" and isinstance(value, str):
        return str(ROLES.get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(value_in_words(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
