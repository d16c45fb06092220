"""What a person fills in for a WAHA server."""

from qafila.providers.account_fields import SESSION, WEBHOOK_BASE, Field
from qafila.providers.account_fields import gettext_noop as _

FIELDS = (
    Field(
        "base_url",
        _("Address of the server"),
        _("Where your WAHA answers, for example https://waha.example.com."),
        place="base_url",
        shape="url",
    ),
    Field(
        "api_key",
        _("API key"),
        _("WAHA_API_KEY of the server, in plain text."),
        place="token",
        shape="secret",
        longest=1000,
    ),
    Field(
        "session",
        _("Session"),
        _("Its name on that server. It is made when you link the phone, if it is not there."),
        place="sender_ref",
        default="default",
        pattern=SESSION,
        longest=63,
    ),
    WEBHOOK_BASE,
    Field(
        "own_ids",
        _("Give each message an id of ours"),
        _("Receipts then settle messages whose answer was lost. Not every engine of WAHA takes them."),
        shape="yes_no",
        required=False,
        default="false",
    ),
)
