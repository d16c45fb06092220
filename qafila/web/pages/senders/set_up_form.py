"""The set-up of an HTTP gateway as a form. What becomes of its fields is decided in ``providers/http_gateway/flat``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from qafila.providers.http_gateway import flat, shapes
from qafila.providers.http_gateway.flat import conditions
from qafila.providers.http_gateway.flat.rows import Clash, filled
from qafila.providers.http_gateway.setup import BadSetup, read
from qafila.web.pages.senders.set_up_rows import (
    HEADER,
    QUERY,
    SETS,
    TESTS,
    WRITE_PATH,
    Rows,
    choice_field,
    example,
    fits,
    lacking,
    path_field,
    text_field,
)

PLACES = (
    ("{to}", _("the number, digits only")),
    ("{to_plus}", _("the number with +")),
    ("{text}", _("the message")),
    ("{attempt_id}", _("our id of the message")),
    ("{sender}", _("the gateway's id of our number")),
    ("{account}", _("the gateway's id of the account")),
    ("{reply_to}", _("the id of the message that is answered")),
)
"""What may stand in a body, and what becomes of it."""
_HELD = {
    "typing": gettext_noop("the request for “typing…”"),
    "check": gettext_noop("the check of a number"),
    "state": gettext_noop("the request for the number's state"),
    "body": gettext_noop("parts of the body that are no text"),
    "query": gettext_noop("parameters of several lines"),
    "accepted": gettext_noop("conditions that ask several things at once"),
    "errors": gettext_noop("errors whose condition asks several things at once"),
    "events": gettext_noop("further kinds of webhooks"),
    "states": gettext_noop("words in capital letters"),
}


class Fields(forms.Form):
    """All that stands once. ``was`` tells which set-up was shown."""

    was = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("Name of the gateway"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    draft = forms.BooleanField(label=_("Draft: nothing but tests goes out"), required=False)
    auth_header = text_field(
        _("Header with the token"), HEADER, help_text=example("Authorization"), longest=64
    )
    auth_value = text_field(
        _("What stands in it"), fits(shapes.HeaderValue), help_text=example("Bearer {token}")
    )
    auth_query = text_field(
        _("Or its name in the address"),
        QUERY,
        help_text=example("api_key"),
        longest=64,
    )
    send_method = choice_field(_("Kind of request"), (("POST", "POST"), ("GET", "GET")))
    send_path = text_field(
        _("Below the gateway's address"),
        fits(shapes.UrlPath),
        help_text=example("/messages"),
        longest=300,
        required=True,
    )
    send_format = choice_field(_("Written as"), (("json", "JSON"), ("form", _("Form (as a page sends it)"))))
    send_id = path_field(_("Where the gateway's id of the message is"), "data.id")
    send_error_code = path_field(_("Where its code of an error is"), "error.code")
    send_error_message = path_field(_("Where its sentence about an error is"), "message")
    webhook_list = path_field(_("Where several events are, if one call brings several"), "events")
    signature_header = text_field(
        _("Header with the signature, if it signs"), HEADER, help_text=example("X-Signature"), longest=64
    )
    signature_algorithm = choice_field(
        _("Kind of signature"), (("sha256", "HMAC SHA-256"), ("sha512", "HMAC SHA-512"))
    )
    signature_prefix = text_field(
        _("What stands before its digits"), help_text=example("sha256="), longest=20
    )
    message_when_path = path_field(_("Known by this path"), "event")
    message_when_test = choice_field(_("Test"), TESTS)
    message_when_value = text_field(_("Value"), help_text=example("message"), longest=conditions.LONGEST)
    message_from = path_field(_("Number of the person"), "data.from")
    message_text = path_field(_("Text"), "data.text")
    message_id = path_field(_("Id of the message"), "data.id")
    message_name = path_field(_("Name of the person"), "data.name")
    message_at = path_field(_("Time"), "data.timestamp")
    message_sender = path_field(_("Id of our number"), "data.device")
    receipt_when_path = path_field(_("Known by this path"), "event")
    receipt_when_test = choice_field(_("Test"), TESTS)
    receipt_when_value = text_field(_("Value"), help_text=example("status"), longest=conditions.LONGEST)
    receipt_state = path_field(_("Word for the state"), "data.status")
    receipt_id = path_field(_("Id of the message"), "data.id")
    receipt_attempt_id = path_field(_("Our id of the message, if it comes back"), "data.reference")
    receipt_error_code = path_field(_("Code of an error"), "data.error.code")
    receipt_to = path_field(_("Number of the person"), "data.to")
    receipt_at = path_field(_("Time"), "data.timestamp")
    receipt_sender = path_field(_("Id of our number"), "data.device")

    def clean(self) -> dict[str, Any]:
        """An event is known by something, and says what it is about; a signature has a header."""
        given = super().clean() or {}
        for begins, needed in (("message", ("from", "text")), ("receipt", ("state",))):
            mine = {n: text for n, text in given.items() if n.startswith(f"{begins}_") and "_test" not in n}
            if any(mine.values()):
                for part in ("when_path", *needed):
                    if mine.get(f"{begins}_{part}") == "":
                        self.add_error(f"{begins}_{part}", WRITE_PATH)
            for name, why in lacking(given, f"{begins}_when_"):
                self.add_error(name, why)
        if given.get("signature_prefix") and given.get("signature_header") == "":
            self.add_error("signature_header", _("Write a name."))
        return given


class SetUpFields:
    """The whole form of one set-up.

    :param base: the set-up as it stands; one that can be used, or an empty one.
    """

    def __init__(self, base: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> None:
        self.base = base
        shown = flat.flatten(base)
        self.fields = Fields(data, initial={**shown, "was": flat.fingerprint(base)})
        self.rows: dict[str, Rows] = {
            name: made(data, prefix=name, initial=None if data is not None else shown[name])  # type: ignore[misc]
            for name, made in SETS.items()
        }

    @property
    def held(self) -> list[str]:
        """What only the text holds, in words."""
        return [gettext(_HELD[name]) for name in flat.held(self.base)]

    @property
    def has_errors(self) -> bool:
        """After :meth:`built`."""
        return bool(self.fields.errors) or any(
            one.total_error_count() or one.non_form_errors() for one in self.rows.values()
        )

    def built(self) -> dict[str, Any] | None:
        """The set-up that the fields describe; None: something is wrong, and the fields say what."""
        good = [one.is_valid() for one in self.rows.values()]
        if not self.fields.is_valid() or not all(good):
            return None
        if self.fields.cleaned_data["was"] != flat.fingerprint(self.base):
            self.fields.add_error(
                None,
                _("Somebody changed this set-up in the meantime. Open the page again and enter yours there."),
            )
            return None
        given = {**self.fields.cleaned_data, **{name: one.as_flat() for name, one in self.rows.items()}}
        given["note"] = given["note"].replace("\r\n", "\n")
        try:
            setup = flat.build(given, self.base)
            read(setup)
        except Clash as clash:
            self.rows[clash.name].say(clash.row, "", gettext("This name stands twice."))
        except BadSetup as fault:
            self._say(fault, given)
        else:
            return setup
        return None

    def _say(self, fault: BadSetup, given: Mapping[str, Any]) -> None:
        why = gettext(fault.why)
        spot = flat.spot(fault.where, given, self.base)
        if fault.where == "send":
            known = given["send_id"] or filled(given["accepted"])
            spot = flat.Spot("body") if known else flat.Spot("send_id")
        token = given["auth_header"].lower()
        if fault.where == "" and token in shapes.OUR_HEADERS | {
            row["name"].lower() for row in given["headers"]
        }:
            spot = flat.Spot("auth_header")
        if spot is not None and spot.name == "states":
            why = gettext("Write what at least one of its words means.")
        if spot is None:
            self.fields.add_error(None, why)
        elif spot.name in self.rows:
            self.rows[spot.name].say(spot.row, spot.column, why)
        else:
            self.fields.add_error(spot.name, why)
