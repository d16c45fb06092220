"""Which things about accounts, numbers and templates the house has heard of. Another kind is kept too, and counted in an alert.

Source: Meta's list of webhook fields for WhatsApp, as of 2026.
"""

from __future__ import annotations

KNOWN = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "errors",
        "flows",
        "gateway.other",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone.code",
        "phone.group_message",
        "phone.link",
        "phone.other",
        "phone.own_message",
        "phone.pending",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "smb_message_echoes",
        "template_category_update",
        "tracking_events",
        "user_preferences",
    }
)

# Kinds of our own, for what was meant for us and could not be used.
UNREADABLE_ITEM = "unreadable_item"
UNREADABLE_WEBHOOK = "unreadable_webhook"
UNKNOWN_NUMBER = "message_to_unknown_number"
UNMATCHED_RECEIPT = "unmatched_receipt"
LATE_FAILURE = "late_failure"
