"""What a person fills in for an Evolution API server."""

from qafila.providers.account_fields import SESSION, WEBHOOK_BASE, Field
from qafila.providers.account_fields import gettext_noop as _

FIELDS = (
    Field(
        "base_url",
        _("Address of the server"),
        _("Where your Evolution API answers, for example https://evolution.example.com."),
        place="base_url",
        shape="url",
    ),
    Field(
        "api_key",
        _("API key"),
        _("AUTHENTICATION_API_KEY of the server, or the token of this instance."),
        place="token",
        shape="secret",
        longest=1000,
    ),
    Field(
        "instance",
        _("Instance"),
        _("Its name on that server. It is made when you link the phone, if it is not there."),
        place="sender_ref",
        pattern=SESSION,
        longest=63,
    ),
    WEBHOOK_BASE,
)
