"""What a person fills in for a number of the Cloud API."""

from qafila.providers.account_fields import Field
from qafila.providers.account_fields import gettext_noop as _

FIELDS = (
    Field(
        "base_url",
        _("Address of the API"),
        place="base_url",
        shape="url",
        default="https://graph.facebook.com/v23.0",
    ),
    Field(
        "token",
        _("Access token"),
        _("Of a system user, without an end, for this app."),
        place="token",
        shape="secret",
        longest=4096,
    ),
    Field(
        "account_ref",
        _("WhatsApp Business Account ID"),
        _("WhatsApp > API Setup in the app's dashboard."),
        place="ref",
        pattern=r"[0-9]{5,32}",
    ),
    Field(
        "number_ref",
        _("Phone number ID"),
        _("On the same page, under the number."),
        place="sender_ref",
        pattern=r"[0-9]{5,32}",
    ),
    Field(
        "app_secret",
        _("App secret"),
        _("App settings > Basic. With it we know that reports come from Meta."),
        place="app_secret",
        shape="secret",
        longest=4096,
    ),
)
