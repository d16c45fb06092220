"""The gateway's codes and what each means for sending. Data only; the gateway's README says when it answers which.

A code proves that the gateway answered in its own form. Numbers are those with which WhatsApp's server refuses a message: it
is certainly not delivered, so one that is not listed fails this message only.
"""

from __future__ import annotations

from typing import Final

from qafila.providers.failures import Failure, Scope

MEANINGS: Final[dict[str, Failure]] = {
    # The way to the gateway
    "unauthorized": Failure.ACCOUNT,
    # The link to the phone; a person must act
    "session_unknown": Failure.SENDER,
    "session_damaged": Failure.SENDER,
    "session_closed": Failure.SENDER,
    "not_linked": Failure.SENDER,
    "qr_not_scanned": Failure.SENDER,
    "logged_out": Failure.SENDER,
    "banned": Failure.SENDER,
    "temporarily_banned": Failure.SENDER,
    "replaced": Failure.SENDER,
    "bad_session": Failure.SENDER,
    "restart_loop": Failure.SENDER,
    "client_outdated": Failure.SENDER,
    "multidevice_mismatch": Failure.SENDER,
    "already_linked": Failure.SENDER,
    "session_name_malformed": Failure.SENDER,
    # It comes back by itself; the message has lost nothing
    "connecting": Failure.THROTTLED,
    "check_rate_limited": Failure.THROTTLED,
    "check_failed": Failure.THROTTLED,
    "call_failed": Failure.TEMPORARY,
    "code_not_given": Failure.TEMPORARY,
    "id_closed": Failure.TEMPORARY,
    # This person
    "not_on_whatsapp": Failure.RECIPIENT,
    "bad_number": Failure.RECIPIENT,
    "479": Failure.RECIPIENT,
    # This message
    "content_unknown": Failure.CONTENT,
    "content_malformed": Failure.CONTENT,
    "body_too_large": Failure.CONTENT,
    "not_json": Failure.CONTENT,
    # The account may not begin conversations now
    "463": Failure.RESTING,
    # The server is asked too much: nobody's message is worse for it
    "420": Failure.THROTTLED,
    "429": Failure.THROTTLED,
    # It has trouble of its own, which says nothing about the number
    "500": Failure.TEMPORARY,
    "503": Failure.TEMPORARY,
    # Nobody can say
    "no_acknowledgement": Failure.UNKNOWN,
    "connection_lost": Failure.UNKNOWN,
    "send_failed": Failure.UNKNOWN,
    "gateway_restarted": Failure.UNKNOWN,
    "gateway_trouble": Failure.UNKNOWN,
    "id_reused": Failure.UNKNOWN,
    "uncertain": Failure.UNKNOWN,
}

TITLES: Final[dict[str, str]] = {
    "463": "WhatsApp does not let this number begin conversations now.",
    "479": "WhatsApp could not address this person's phones.",
    "420": "WhatsApp takes no more messages of this number for the moment.",
    "429": "WhatsApp takes no more messages of this number for the moment.",
    "500": "WhatsApp's server has trouble of its own.",
    "503": "WhatsApp's server has trouble of its own.",
}
"""Where the gateway passes on a number of WhatsApp's."""

WAITS: Final[dict[str, float]] = {
    "connecting": 5.0,
    "check_rate_limited": 10.0,
    "check_failed": 10.0,
    "420": 60.0,
    "429": 60.0,
    "500": 60.0,
    "503": 60.0,
}
"""Seconds, where the answer names none."""


def meaning(code: str, *, refused: bool) -> Failure:
    """The class of a code.

    :param refused: WhatsApp's server itself refused the message.
    """
    if code.startswith("unknown_"):  # a session that ended for a reason in no table
        return Failure.SENDER
    return MEANINGS.get(code, Failure.RECIPIENT if refused else Failure.UNKNOWN)


def scope_of(failure: Failure) -> Scope:
    """How far it reaches."""
    if failure is Failure.ACCOUNT:
        return Scope.ACCOUNT
    return Scope.SENDER if failure in (Failure.THROTTLED, Failure.SENDER, Failure.RESTING) else Scope.MESSAGE
