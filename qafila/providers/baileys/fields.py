"""What a person fills in for the Baileys gateway."""

from qafila.providers.account_fields import WEBHOOK_BASE, Field
from qafila.providers.account_fields import gettext_noop as _

FIELDS = (
    Field(
        "base_url",
        _("Address of the gateway"),
        _("Where the gateway answers. Qafila starts it on this machine by itself."),
        place="base_url",
        shape="url",
        default="http://127.0.0.1:8786",
    ),
    Field(
        "token",
        _("Token of the gateway"),
        _("Leave it empty for the gateway that Qafila starts by itself."),
        place="token",
        shape="secret",
        required=False,
        longest=1000,
    ),
    Field(
        "session",
        _("Session"),
        _("A name of your choice for this phone on the gateway: letters, digits, - and _."),
        place="sender_ref",
        pattern=r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}",
        longest=63,
    ),
    WEBHOOK_BASE,
)
