"""Meta's error codes and what each means for sending. Data only.

Source: Meta's page of error codes and its OpenAPI description, as of 2026. Meta's advice is followed: the code decides,
never the title or the HTTP status. A row says that the message was *not* accepted, since Meta answered with a code of
its own; the class says what to do next. The same table reads the reasons in receipts of failed messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from qafila.providers.interface import Failure, Scope


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means.

    :ivar title: Meta's title in a few words, for documentation and for errors that came without one.
    :ivar retry_after: seconds to wait where Meta gives a figure.
    """

    failure: Failure
    title: str
    scope: Scope = Scope.MESSAGE
    retry_after: float | None = None


OPT_OUT_CODES = frozenset({"131050"})
"""The person stopped marketing messages from this business: to be recorded as an opt-out from marketing."""

WINDOW_CLOSED_CODES = frozenset({"131047"})
"""More than 24 hours since the person wrote: only a template may be sent."""

TEMPLATE_HOLD_CODES = frozenset({"132015", "132016"})
"""The template is paused or disabled: every further message with it will fail alike."""


def _temporary(title: str, retry_after: float | None = None) -> Meaning:
    return Meaning(Failure.TEMPORARY, title, retry_after=retry_after)


def _throttled(scope: Scope, title: str, retry_after: float | None = None) -> Meaning:
    return Meaning(Failure.THROTTLED, title, scope, retry_after)


def _recipient(title: str) -> Meaning:
    return Meaning(Failure.RECIPIENT, title)


def _content(title: str) -> Meaning:
    return Meaning(Failure.CONTENT, title)


def _sender(title: str) -> Meaning:
    return Meaning(Failure.SENDER, title, Scope.SENDER)


def _account(title: str) -> Meaning:
    return Meaning(Failure.ACCOUNT, title, Scope.ACCOUNT)


CODES: dict[int, Meaning] = {
    # Authorization and the Graph API itself
    0: _account("Authorization failed"),
    1: _temporary("Unknown fault of the API"),
    2: _temporary("API temporarily unavailable"),
    3: _account("Capability missing"),
    4: _throttled(Scope.ACCOUNT, "Call limit of the app"),
    10: _account("Permission denied"),
    17: _throttled(Scope.ACCOUNT, "Call limit of the user"),
    33: _sender("Phone number deleted"),
    100: _content("Invalid parameter"),
    104: _account("Access token missing"),
    190: _account("Access token expired or invalid"),
    368: _account("Blocked for violating policies"),
    803: _sender("Phone number id does not exist"),
    80007: _throttled(Scope.ACCOUNT, "Call limit of the business account"),
    80008: _throttled(Scope.ACCOUNT, "Call limit of the business account"),
    # Limits and what Meta will not deliver
    130429: _throttled(Scope.SENDER, "Throughput of the number exceeded"),
    130472: _recipient("Person is part of an experiment"),
    130497: _recipient("Business may not message this country"),
    # 131000 has no cause, yet it is an answer of Meta's in place of an acceptance; Meta says to try again.
    131000: _temporary("Something went wrong"),
    131005: _account("Access denied"),
    131008: _content("Required parameter missing"),
    131009: _content("Parameter value not valid"),
    131016: _temporary("Service unavailable"),
    131021: _recipient("Recipient is the sender"),
    131026: _recipient("Message undeliverable"),
    131030: _recipient("Recipient not in the list of the test number"),
    131031: _account("Account locked"),
    131037: _sender("Display name of the number not approved"),
    131042: _account("Payment problem"),
    131044: _account("Payment problem (calls)"),
    131045: _sender("Registration or certificate of the number wrong"),
    131047: _recipient("More than 24 hours since the person wrote"),
    131048: Meaning(Failure.RESTING, "Spam limit of the number", Scope.SENDER),
    131049: _recipient("Not delivered, to keep the ecosystem healthy"),
    131050: _recipient("Person stopped marketing messages from this business"),
    131051: _content("Message type not supported"),
    131052: _recipient("Media of the person could not be downloaded"),
    131053: _content("Media could not be uploaded"),
    131055: _content("Method not allowed for this message"),
    # One message in six seconds to one person.
    131056: _throttled(Scope.PAIR, "Limit of this pair of numbers", 6.0),
    # An upgrade of the throughput takes up to a minute; nothing is wrong, so it rests without an alert.
    131057: _throttled(Scope.SENDER, "Number in maintenance", 60.0),
    131060: _content("Message is unavailable"),
    131062: _recipient("This kind of user id is not supported as recipient"),
    131063: _content("Marketing templates are switched off for the Cloud API"),
    131064: _content("Limit reached through wrong categories of templates"),
    # Templates and flows
    132000: _content("Number of parameters differs from the template"),
    132001: _content("Template does not exist in this language"),
    132005: _content("Translated text too long"),
    132007: _content("Template breaks a policy on characters"),
    132008: _content("Parameter value not valid for the template"),
    132012: _content("Parameter format differs from the template"),
    132015: _content("Template paused for low quality"),
    132016: _content("Template disabled for good"),
    132018: _content("Parameters of the template message not valid"),
    132068: _content("Flow blocked"),
    # Ten messages an hour for a throttled flow.
    132069: _throttled(Scope.MESSAGE, "Flow throttled", 360.0),
    # Registration of the number
    133000: _sender("Deregistration incomplete"),
    133004: _temporary("Server temporarily unavailable"),
    133005: _sender("Two-step PIN wrong"),
    133006: _sender("Number must be verified again"),
    133008: _sender("Too many guesses of the PIN"),
    133009: _sender("PIN guessed too fast"),
    133010: _sender("Number not registered"),
    133015: _sender("Registration must wait"),
    133016: _sender("Registered or deregistered too often"),
    # Others; what 134100 to 134102 mean is not published with them
    134100: _content("Message refused"),
    134101: _content("Message refused"),
    134102: _content("Message refused"),
    135000: _content("Fault in the parameters of the request"),
    137000: _recipient("Identity of the person changed"),
    139100: _recipient("Person could not be blocked"),
    139101: _recipient("Person could not be blocked"),
    139102: _recipient("Person could not be blocked"),
    139103: _recipient("Person could not be blocked"),
}

CODES.update({code: _account("Permission missing") for code in range(200, 300)})

SUBCODES: dict[tuple[int, int], Meaning] = {
    # The Graph API says "invalid parameter" also where the object in the path does not exist or is not ours.
    (100, 33): _sender("Phone number id does not exist or is not accessible"),
}
"""Only where the code alone would blame the message for a fault of the number."""


def meaning(code: int, subcode: int | None = None) -> Meaning | None:
    """What a code means, or None for one that is in no table."""
    if subcode is not None and (code, subcode) in SUBCODES:
        return SUBCODES[code, subcode]
    return CODES.get(code)
