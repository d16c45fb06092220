"""What a person fills in for an HTTP gateway."""

import json

from qafila.providers.account_fields import WEBHOOK_BASE, Field
from qafila.providers.account_fields import gettext_noop as _
from qafila.providers.http_gateway.setup import LARGEST, PRESETS

FIELDS = (
    Field(
        "base_url",
        _("Address of the gateway"),
        _("What its documents name as the base address, for example https://gateway.example.com/api."),
        place="base_url",
        shape="url",
    ),
    Field(
        "token",
        _("Token"),
        _("The key with which this number sends."),
        place="token",
        shape="secret",
        longest=4000,
    ),
    Field(
        "device",
        _("The gateway's id of this number"),
        _("Empty if the token alone says which number it is."),
        place="sender_ref",
        required=False,
        longest=64,
    ),
    Field(
        "gateway",
        _("How it is spoken to"),
        _("JSON: request, answer, errors and webhooks. This is the preset for Zentra, to be completed."),
        shape="json",
        default=json.dumps(
            json.loads((PRESETS / "zentra.json").read_text(encoding="utf-8")), indent=2, ensure_ascii=False
        ),
        longest=LARGEST,
    ),
    WEBHOOK_BASE,
)
