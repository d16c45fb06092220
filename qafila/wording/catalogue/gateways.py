"""Gateways and the phones that are linked to them."""

from qafila.wording.entries import Entry, _

_LINK_AGAIN = _("Open the sender and link the phone again.")
_TRY_AGAIN = _("Begin again when the phone is at hand.")
_KEY = _("Enter the right key in the provider account, then resume it.")
_SEE_GATEWAY = _("Look into the gateway: is the phone linked there, and does it work?")
_BY_ITSELF = _("Nothing to do: it is tried again by itself.")
_ADDRESS = _("Check the address of the gateway in the provider account.")
_FORBIDDEN = Entry(
    _("The address of the gateway lies in a network that is not allowed."),
    _("Private networks and this machine are closed, so that nobody reaches what is inside."),
    _("An owner may allow it for this account, if the gateway is your own."),
)
_LOCKED = Entry(
    _(
        "WhatsApp does not let this number begin new conversations for a while. Answers to people who wrote to it still go out; if WhatsApp refuses one, the others wait too."
    ),
    _("It wrote to too many people who do not know it."),
    _("Nothing to do: it rests and comes back by itself. Write to people who wrote to you first."),
)

ENTRIES: dict[str, Entry] = {
    "phone_not_linked": Entry(
        _("No phone is linked to this number yet."), "", _("Open the sender and link the phone.")
    ),
    "phone_linked": Entry(_("The phone is linked."), "", ""),
    "phone_logged_out": Entry(
        _("The phone is no longer linked."),
        _("Somebody ended the link on the phone, or WhatsApp did."),
        _LINK_AGAIN,
    ),
    "phone_unlinked": Entry(_("A person logged this number out."), "", _LINK_AGAIN),
    "log_out_failed": Entry(
        _("The gateway did not log the phone out. Nothing was changed."),
        _("The reason: {reason}"),
        _("Try again, or remove the device on the phone: WhatsApp, Linked devices."),
    ),
    "phone_banned": Entry(
        _("WhatsApp has banned this number."),
        _("Phone-linked senders break WhatsApp's terms, and too many people reported it or did not know it."),
        _("Open WhatsApp on the phone and ask for a review. Use an official number (Cloud API) from now on."),
    ),
    "link_away": Entry(
        _("The session of the number {sender} has not worked at its gateway since {since}."),
        _(
            "It says that it is starting, or has lost its connection. Meanwhile nothing goes out over this number, and what people write to it does not come in."
        ),
        _(
            "Restart the session or the gateway. If that does not help, open the sender and link the phone again."
        ),
    ),
    "phone_time_locked": _LOCKED,
    "provider.463": _LOCKED,
    "phone_capped": Entry(
        _(
            "The quota of new conversations of this number is used up. Answers to people who wrote to it still go out; if WhatsApp refuses one, the others wait too."
        ),
        _("WhatsApp limits how many people a number may write to first."),
        _("Nothing to do: it goes on when the quota is renewed."),
    ),
    "link_not_possible": Entry(
        _("No phone is linked to this number. It is connected in another way."), "", ""
    ),
    "preset_unknown": Entry(
        _("There is no preset of this name."), "", _("Choose one of those that are listed.")
    ),
    "secret_as_argument": Entry(
        _("A secret must not stand on the command line."),
        _("Others on this machine could read it there."),
        _("Leave it out: it is asked for."),
    ),
    "wppconnect_not_found": Entry(
        _("There is no WPPConnect server in this folder."),
        "",
        _("Set `WPPCONNECT_DIR` to the folder that holds its `package.json`."),
    ),
    "wppconnect_not_built": Entry(
        _("The WPPConnect server is not built."), "", _("Run its build in its folder.")
    ),
    "wppconnect_runs": Entry(
        _("A WPPConnect server of ours runs already."), "", _("Stop it first: `qafila wppconnect stop`")
    ),
    "gateway_not_here": Entry(_("This number is not connected over an HTTP gateway."), "", ""),
    "link_codes_used_up": Entry(
        _("Six codes were shown and none was scanned."),
        _("WhatsApp takes no more at a time."),
        _TRY_AGAIN,
    ),
    "link_start_timed_out": Entry(
        _("The gateway showed no code in 90 seconds."),
        _("It may not reach WhatsApp, or it still starts."),
        _("Check the gateway's log and its way to the internet, then begin again."),
    ),
    "link_code_not_told": Entry(
        _("The gateway made a code to type, but did not tell it."),
        _("Some tell it only once, and WPPConnect only to who asks before a QR code was shown."),
        _("Scan the QR code. For a code to type start the gateway anew, then ask for the code first."),
    ),
    "link_letters_late": Entry(
        _("This gateway tells a code to type only if that is the first thing it is asked for."),
        "",
        _(
            "Scan the QR code. For a code to type press “Cancel”, restart the gateway, then ask for the code first."
        ),
    ),
    "link_took_too_long": Entry(_("The link did not come about in ten minutes."), "", _TRY_AGAIN),
    "link_closed": Entry(_("The gateway closed the session before a phone was linked."), "", _TRY_AGAIN),
    "link_failed": Entry(_("The gateway could not link the phone."), "", _SEE_GATEWAY),
    "link_session_failed": Entry(_("The gateway could not link the phone."), "", _SEE_GATEWAY),
    "link_banned": Entry(
        _("WhatsApp has banned this number."), "", _("Open WhatsApp on the phone and ask for a review.")
    ),
    "link_temporarily_banned": Entry(
        _("WhatsApp has banned this number for a while."),
        "",
        _("Open WhatsApp on the phone: it says for how long."),
    ),
    "link_client_outdated": Entry(
        _("WhatsApp no longer accepts this version of the gateway."),
        "",
        _("Update the gateway, then begin again."),
    ),
    "link_logged_out": Entry(_("The phone refused the link, or ended it."), "", _TRY_AGAIN),
    "link_passkey_required": Entry(
        _("WhatsApp asks for a passkey on this phone."),
        _("It cannot be given here."),
        _("Link the phone on the gateway's own page."),
    ),
    "link_cancelled": Entry(_("You ended it."), "", _TRY_AGAIN),
    "private_network": Entry(
        _("This address lies in a private network or on this machine."),
        _("Such addresses are closed, so that nobody reaches what is inside."),
        _("If the gateway is your own, an owner may allow it for this account."),
    ),
    "gateway_setup_bad": Entry(
        _("The set-up of this gateway cannot be used."),
        _("What is wrong: {why}"),
        _("Put it right. `docs/providers.md` explains each part."),
    ),
    "gateway_setup_unknown": Entry(
        _("This kind of provider has no `{field}` in its set-up."), "", _("Leave it out.")
    ),
    "provider.gateway_setup_bad": Entry(
        _("The set-up of this gateway cannot be used."), "", _("Put it right in the provider account.")
    ),
    "provider.gateway_draft": Entry(
        _("The set-up of this gateway is still a draft, so nothing is sent."),
        "",
        _("Complete it, test it, then take the mark `draft` away and resume the account."),
    ),
    "provider.disconnected": Entry(
        _("The phone is not linked to the gateway."), "", _("Open the sender and link the phone.")
    ),
    "provider.session_not_working": Entry(
        _("The session of this number does not work."), "", _("Open the sender and link the phone.")
    ),
    "provider.instance_missing": Entry(
        _("The gateway knows no instance of this name."), "", _("Open the sender and link the phone.")
    ),
    "provider.session_starting": Entry(_("The session of this number is starting."), "", _BY_ITSELF),
    "provider.not_on_whatsapp": Entry(
        _("This number is not on WhatsApp."), "", _("Check the number, or reach the person in another way.")
    ),
    "provider.token_refused": Entry(_("The gateway refuses our key."), "", _KEY),
    "provider.secret_key_wrong": Entry(_("The server says that the SECRET_KEY is wrong."), "", _KEY),
    "provider.too_fast": Entry(
        _("The gateway asks to send more slowly."),
        "",
        _("Nothing to do: sending goes on more slowly by itself."),
    ),
    "provider.request_refused": Entry(
        _("The gateway does not accept this message."), "", _("Check the text.")
    ),
    "provider.content_not_possible": Entry(
        _("A phone-linked number sends only text."),
        "",
        _("Send text, or use an official number (Cloud API)."),
    ),
    "provider.send_failed": Entry(
        _("Outcome unknown, not resent"),
        _("The gateway says that sending went wrong, so nobody can say whether the message went out."),
        _("Wait for a receipt, or decide yourself: sent, failed, or send again."),
    ),
    "provider.bad_reference": Entry(
        _("The session of this number is missing or is none."), "", _("Enter it in the sender's settings.")
    ),
    "provider.answer_unreadable": Entry(
        _("Outcome unknown, not resent"),
        _("The provider answered something that does not say what it did."),
        _("Wait for a receipt, or decide yourself: sent, failed, or send again."),
    ),
    "provider.address_forbidden": _FORBIDDEN,
    "provider.port_forbidden": Entry(
        _("The port of the gateway's address belongs to another service."), "", _ADDRESS
    ),
    "provider.url_unreadable": Entry(_("The address of the gateway cannot be read."), "", _ADDRESS),
    "provider.url_scheme": Entry(
        _("The address of the gateway must begin with http or https."), "", _ADDRESS
    ),
    "provider.url_userinfo": Entry(
        _("The address of the gateway must not hold a user name or a password."), "", _ADDRESS
    ),
}
