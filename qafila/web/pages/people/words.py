"""Rights in the words of people."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

SCOPE_WORDS: Final = {
    "contracts:read": _("See contracts and their results"),
    "contracts:write": _("Create, start, pause and delete contracts"),
    "accounts:read": _("See senders and provider accounts"),
    "accounts:write": _("Create and change senders, pause and resume them"),
    "numbers:write": _("Keep the list of numbers and the directions"),
    "messages:read": _("See messages and conversations"),
    "messages:write": _("Send messages and answer conversations"),
    "events:read": _("See alerts and what happened"),
    "events:write": _("Mark alerts as read, mute and delete them"),
    "webhooks:read": _("See webhook endpoints and what was sent to them"),
    "webhooks:write": _("Add, change and test webhook endpoints, send again"),
    "admin": _("Manage people, keys and settings; see the audit log"),
    "owner": _("Switch a number's own pace off, make other owners"),
}
