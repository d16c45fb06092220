"""What a person fills in for a WPPConnect server."""

from qafila.providers.account_fields import SESSION, WEBHOOK_BASE, Field
from qafila.providers.account_fields import gettext_noop as _

FIELDS = (
    Field(
        "base_url",
        _("Address of the server"),
        _("Where your WPPConnect server answers."),
        place="base_url",
        shape="url",
        default="http://127.0.0.1:21465",
    ),
    Field(
        "secret_key",
        _("SECRET_KEY of the server"),
        _("Or a token that it made for this session (it begins with $2b$)."),
        place="token",
        shape="secret",
        longest=1000,
    ),
    Field(
        "session",
        _("Session"),
        _("A name of your choice for this phone on that server: letters, digits, - and _."),
        place="sender_ref",
        pattern=SESSION,
        longest=63,
    ),
    WEBHOOK_BASE,
    Field(
        "own_ids",
        _("Give each message an id of ours"),
        _(
            "Receipts then settle messages whose answer was lost. Send a few messages to yourself and friends with it first: some "
            "servers then refuse messages to people whose number is hidden."
        ),
        shape="yes_no",
        required=False,
        default="false",
    ),
)
