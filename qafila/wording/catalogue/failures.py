"""Why a message failed, whatever the provider: the classes, and what can happen on the way to any provider.

A code ``<provider kind>.<code>`` that has no entry of its own is looked up here as ``provider.<code>``.
"""

from qafila.wording.entries import Entry, _

_BY_ITSELF = _("Nothing to do: it is tried again by itself.")
_UNCERTAIN_CAUSE = _(
    "The connection broke after the message was handed over, so nobody can say whether it went out."
)
_DECIDE = _("Wait for a receipt, or decide yourself: sent, failed, or send again.")
_CHECK_ADDRESS = _("Check the provider's address and the network of this server.")

_NOT_REACHED = Entry(
    _("The provider could not be reached."),
    _("No connection came about, so nothing was sent."),
    _CHECK_ADDRESS,
)
_UNKNOWN_OUTCOME = Entry(_("Outcome unknown, not resent"), _UNCERTAIN_CAUSE, _DECIDE)

ENTRIES: dict[str, Entry] = {
    "failure.temporary": Entry(_("The provider has a passing problem."), "", _BY_ITSELF),
    "failure.throttled": Entry(
        _("The provider asks to send more slowly."),
        "",
        _("Nothing to do: sending goes on more slowly by itself."),
    ),
    "failure.recipient": Entry(
        _("This person cannot be reached on WhatsApp."),
        "",
        _("Check the number, or reach the person in another way."),
    ),
    "failure.content": Entry(
        _("The provider does not accept this content."), "", _("Check the text, the template and its values.")
    ),
    "failure.resting": Entry(
        _("The number must rest for a while."),
        _("The provider limits it for a time."),
        _("Nothing to do: it tries again by itself. Meanwhile its messages wait."),
    ),
    "failure.sender": Entry(
        _("The number cannot send."), "", _("Check the number and its connection, then resume it.")
    ),
    "failure.account": Entry(
        _("No number of this provider account can send."),
        "",
        _("Check the provider account, then resume it."),
    ),
    "failure.unknown": _UNKNOWN_OUTCOME,
    "uncertain": _UNKNOWN_OUTCOME,
    "outcome_unknown": _UNKNOWN_OUTCOME,
    "probably_not_sent": Entry(
        _("Probably not sent, and not resent by itself"),
        _("Its neighbours got their receipts long ago, and this message got none."),
        _("Decide: send it again, or count it as failed."),
    ),
    "attempts_used_up": Entry(
        _("The message could not be sent in three attempts."),
        _("The last reason: {reason}"),
        _("Retry it later."),
    ),
    "provider.connect_failed": _NOT_REACHED,
    "provider.connect_timeout": _NOT_REACHED,
    "provider.dns_failed": Entry(
        _("The provider's address was not found."),
        _("The name server does not know it, or cannot be reached."),
        _CHECK_ADDRESS,
    ),
    "provider.tls_failed": Entry(
        _("No secure connection to the provider came about."),
        _("Its certificate was not accepted."),
        _("Check the provider's address, and this server's clock and certificates."),
    ),
    "provider.bad_request": Entry(
        _("The provider cannot be asked with these settings."),
        _("The address or the access token has characters that cannot be sent."),
        _("Enter the address and the access token again."),
    ),
    "provider.response_lost": _UNKNOWN_OUTCOME,
    "provider.response_timeout": _UNKNOWN_OUTCOME,
    "provider.response_truncated": _UNKNOWN_OUTCOME,
    "provider.response_garbled": _UNKNOWN_OUTCOME,
    "provider.client_closed": _UNKNOWN_OUTCOME,
    "provider.no_answer": _UNKNOWN_OUTCOME,
    "provider.interrupted": _UNKNOWN_OUTCOME,
    "provider.no_message_id": _UNKNOWN_OUTCOME,
    "provider.redirected": _UNKNOWN_OUTCOME,
    "provider.http": _UNKNOWN_OUTCOME,
    "provider.no_reason": Entry(
        _("The provider reports that the message failed."),
        _("It gave no reason."),
        _("Retry it, or check the number."),
    ),
    "provider.text_not_encodable": Entry(
        _("The text has characters that cannot be sent."),
        "",
        _("Remove unusual characters and send it again."),
    ),
    "provider.other": Entry(
        _("The provider reports a problem that has no description here."),
        _("It gave the code {vendor_code}."),
        _("Look this code up with the provider."),
    ),
}
