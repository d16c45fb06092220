"""Webhooks out: what an endpoint is refused for, and how a try ended."""

from qafila.wording.entries import Entry, _, counted

_SCOPE = _(
    "Qafila calls addresses on the public internet only, so that nobody reaches the insides of its network."
)

ENTRIES: dict[str, Entry] = {
    "webhook_url_unreadable": Entry(
        _("This address cannot be read."), "", _("Write it like https://shop.example.com/hooks.")
    ),
    "webhook_url_scheme": Entry(
        _("An address for webhooks begins with https:// or http://."),
        "",
        _("Write it like https://shop.example.com/hooks."),
    ),
    "webhook_url_userinfo": Entry(
        _("The address contains a user name or a password."),
        _("It would stand readable in lists and logs."),
        _("Leave it out. The signature tells your program that a call is ours."),
    ),
    "webhook_port_forbidden": Entry(
        _("This port belongs to another service."),
        "",
        _("Use 443, 80 or another port of a web server."),
    ),
    "webhook_address_forbidden": Entry(
        _("This address is not on the public internet."),
        _SCOPE,
        _(
            "Use a public address, or let whoever runs Qafila open the network by `OUTGOING_ALLOWED_NETWORKS`."
        ),
    ),
    "webhook_type_unknown": Entry(
        _("There is no event type {type}."), "", _("Choose from the list in the documentation.")
    ),
    "webhook_endpoints_full": Entry(
        counted(
            "A business has {most} webhook endpoint at most.",
            "A business has {most} webhook endpoints at most.",
            by="most",
        ),
        "",
        _("Delete one that is not used."),
    ),
    "webhook_endpoint_is_off": Entry(
        _("The endpoint is switched off."), "", _("Switch it on, then try again.")
    ),
    "webhook_span_is_empty": Entry(_("The span ends before it begins."), "", _("Choose a later end.")),
    "mail_level_unknown": Entry(_("There is no such level of alerts."), "", _("Choose one of the list.")),
    "mute_ends_in_the_past": Entry(_("The muting would be over already."), "", _("Choose a later moment.")),
    "webhook_endpoint_off": Entry(
        _("The webhook endpoint {host} was switched off."),
        _("It answered nothing but failures for five days, or said that it is gone."),
        _("Put the receiver right, switch the endpoint on, then send again what it missed."),
    ),
    "webhook_try.answer_not_ok": Entry(
        _("It answered with a failure."),
        "",
        _("Look into the log of your program; it has to answer with a status from 200 to 299."),
    ),
    "webhook_try.answer_redirects": Entry(
        _("It answered with another address."),
        _("Redirects are not followed: they could lead anywhere."),
        _("Enter the final address."),
    ),
    "webhook_try.gone": Entry(
        _("It answered that it is gone (410)."), "", _("Switch the endpoint on again if that was a mistake.")
    ),
    "webhook_try.address_forbidden": Entry(
        _("Its name leads to an address that is not on the public internet."),
        _SCOPE,
        _("Look at the name's DNS entries."),
    ),
    "webhook_try.url_forbidden": Entry(_("Its address must not be called."), "", _("Enter another address.")),
    "webhook_try.dns_failed": Entry(_("Its name was not found."), "", _("Look at the name's DNS entries.")),
    "webhook_try.connect_failed": Entry(
        _("No connection was made."),
        _("The server is off, or a firewall is in between."),
        _("See that the address can be reached from the internet."),
    ),
    "webhook_try.connect_timeout": Entry(
        _("No connection was made in time."),
        _("The server is off, or a firewall is in between."),
        _("See that the address can be reached from the internet."),
    ),
    "webhook_try.tls_failed": Entry(
        _("Its certificate was not accepted."),
        "",
        _("Renew the certificate; it has to be for this name and from a known authority."),
    ),
    "webhook_try.no_free_connection": Entry(
        _("Too much was being sent to it at once."), "", _("It is tried again by itself.")
    ),
    "webhook_try.response_timeout": Entry(
        _("It did not answer within 10 seconds."),
        "",
        _("Answer first, work afterwards: let your program put the event into a queue of its own."),
    ),
    "webhook_try.response_lost": Entry(
        _("The connection broke before the answer was complete."), "", _("It is tried again by itself.")
    ),
    "webhook_try.response_too_large": Entry(
        _("Its answer is too large."), "", _("Answer with an empty body; nobody reads it.")
    ),
    "webhook_try.fault_of_ours": Entry(
        _("Qafila could not send it."),
        _("A fault in Qafila itself; its log says more."),
        _("It is tried again by itself."),
    ),
    "webhook_try.secret_unreadable": Entry(
        _("Its secret cannot be opened."),
        _("The encryption key that sealed it is missing here."),
        _("Add the key that was used before, or replace the secret."),
    ),
}
