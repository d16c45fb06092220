"""What our Baileys gateway says, in plain words. The classes are in ``providers/baileys/codes.py``."""

from qafila.wording.entries import Entry, _

_LINK_AGAIN = _("Open the sender and link the phone again.")
_OPEN = _("Open the sender and link the phone.")
_BY_ITSELF = _("Nothing to do: it goes on by itself.")
_DECIDE = _("Wait for a receipt, or decide yourself: sent, failed, or send again.")
_TEXT = _("Check the text of the message.")

_NOT_LINKED = Entry(_("No phone is linked to this number yet."), "", _OPEN)
_ENDED = Entry(
    _("The link to the phone has ended."), _("WhatsApp does not accept the session any more."), _LINK_AGAIN
)
_OUTCOME_UNKNOWN = Entry(
    _("Outcome unknown, not resent"),
    _("WhatsApp did not confirm the message before the connection ended."),
    _DECIDE,
)
_CONTENT = Entry(_("The gateway cannot send this content."), "", _TEXT)

ENTRIES: dict[str, Entry] = {
    "baileys.unauthorized": Entry(
        _("The gateway refuses our token."),
        "",
        _("Enter the token of the gateway again, or leave it empty for the one that Qafila starts."),
    ),
    "baileys.session_unknown": _NOT_LINKED,
    "baileys.not_linked": _NOT_LINKED,
    "baileys.session_closed": Entry(_("The session of this number is closed."), "", _OPEN),
    "baileys.qr_not_scanned": Entry(_("The QR code was not scanned in time."), "", _LINK_AGAIN),
    "baileys.logged_out": Entry(
        _("The phone was unlinked."),
        _("Somebody logged this session out, on the phone or here."),
        _LINK_AGAIN,
    ),
    "baileys.banned": Entry(
        _("WhatsApp has blocked this number."),
        _("Phone-linked sending breaks WhatsApp's terms; blocked numbers rarely come back."),
        _("Ask WhatsApp for a review on the phone. For the future use the Cloud API."),
    ),
    "baileys.temporarily_banned": Entry(
        _("WhatsApp has blocked this number for a time."),
        "",
        _("Wait until the phone shows no block any more. Then link it again and send less."),
    ),
    "baileys.replaced": Entry(
        _("Another program took this session over."),
        _("The same link is used in two places."),
        _("Stop the other program, then link the phone again."),
    ),
    "baileys.bad_session": _ENDED,
    "baileys.restart_loop": _ENDED,
    "baileys.multidevice_mismatch": _ENDED,
    "baileys.session_damaged": Entry(
        _("The gateway cannot read the files of this session."),
        "",
        _("Put their copy back, or move them away and link the phone again. Its log says which."),
    ),
    "baileys.client_outdated": Entry(
        _("WhatsApp no longer accepts this version of the gateway."),
        "",
        _("Update Qafila, then run `qafila gateways install`."),
    ),
    "baileys.connecting": Entry(_("The connection to WhatsApp is being made again."), "", _BY_ITSELF),
    "baileys.check_rate_limited": Entry(
        _("Many new numbers were asked for in a short time."),
        _("Too many such questions look like spam."),
        _BY_ITSELF,
    ),
    "baileys.check_failed": Entry(
        _("WhatsApp did not say whether this number exists."),
        "",
        _("Nothing to do: it is tried again by itself."),
    ),
    "baileys.bad_number": Entry(_("The recipient is no phone number."), "", _("Correct the number.")),
    "baileys.479": Entry(
        _("WhatsApp could not address this person's phones."),
        "",
        _("Try again later, or reach them otherwise."),
    ),
    "baileys.content_unknown": _CONTENT,
    "baileys.content_malformed": _CONTENT,
    "baileys.body_too_large": _CONTENT,
    "node_missing": Entry(
        _("Node.js is missing on this machine, or too old."),
        "",
        _("Install Node.js 20 or later; see `docs/baileys.md`."),
    ),
    "npm_missing": Entry(_("npm is missing beside Node.js."), "", _("Install it; see `docs/baileys.md`.")),
    "modules_not_installed": Entry(
        _("The modules of the gateway could not be fetched."),
        "",
        _("Check the network of this server, then run `qafila gateways install` again."),
    ),
    "not_installed": Entry(_("The gateway is not installed."), "", _("Run `qafila gateways install`.")),
    "modules_outdated": Entry(
        _("The modules of the gateway are of another version."), "", _("Run `qafila gateways install`.")
    ),
    "baileys.no_acknowledgement": _OUTCOME_UNKNOWN,
    "baileys.connection_lost": _OUTCOME_UNKNOWN,
    "baileys.send_failed": _OUTCOME_UNKNOWN,
    "baileys.gateway_restarted": _OUTCOME_UNKNOWN,
    "baileys.gateway_trouble": _OUTCOME_UNKNOWN,
}
