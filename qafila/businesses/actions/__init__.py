"""Verbs that write: businesses, people, invitations, one-time links, keys, the audit log."""

from qafila.businesses.actions.audit import record_audit
from qafila.businesses.actions.invitations import (
    accept_invitation,
    invite,
    renew_invitation,
    revoke_invitation,
)
from qafila.businesses.actions.keys import (
    NOTE_USE_EVERY,
    bind_api_key,
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    touch_api_key,
)
from qafila.businesses.actions.links import make_link, use_link
from qafila.businesses.actions.members import add_member, change_role, create_owner, remove_member
from qafila.businesses.actions.people import (
    change_profile,
    end_sessions,
    record_for_person,
    set_password,
)
from qafila.businesses.actions.tenants import (
    FIRST_BUSINESS_NAME,
    change_business,
    create_business,
    ensure_first_business,
    note_first_steps,
    open_business,
    take_first_business,
)

__all__ = [
    "FIRST_BUSINESS_NAME",
    "NOTE_USE_EVERY",
    "accept_invitation",
    "add_member",
    "bind_api_key",
    "change_business",
    "change_profile",
    "change_role",
    "create_api_key",
    "create_business",
    "create_owner",
    "end_sessions",
    "ensure_first_business",
    "invite",
    "make_link",
    "note_first_steps",
    "open_business",
    "record_audit",
    "record_for_person",
    "remove_member",
    "renew_invitation",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "set_password",
    "take_first_business",
    "touch_api_key",
    "use_link",
]
