"""Meta's error codes: HTTP status, words, and the form they are answered in.

Sources: Meta's OpenAPI examples and error-code page, as gathered in the provider facts A0 and A9. The HTTP status of
most 13xxxx codes is not documented; 400 is the assumption there (UNVERIFIED). Clients must branch on the code.
"""

import base64
import os
from dataclasses import dataclass
from typing import Any, Final

import orjson

HREF: Final = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


@dataclass(frozen=True, slots=True)
class Known:
    """One documented code."""

    http_status: int
    title: str
    details: str = ""
    kind: str = "OAuthException"
    is_transient: bool = False


_SPAM = "Message failed to send because there are restrictions on how many messages can be sent from this phone number. This may be because too many previous messages were blocked or flagged as spam."
_NO_RIGHTS = Known(
    403,
    "You do not have the necessary permissions required to send messages on behalf of this WhatsApp Business Account",
)
_HEALTHY = "This message was not delivered to maintain healthy ecosystem engagement."

CODES: Final[dict[int, Known]] = {
    0: Known(401, "AuthException", "We were unable to authenticate the app user."),
    1: Known(500, "An unknown error occurred", "Invalid request or possible server error."),
    2: Known(500, "Service temporarily unavailable", "Temporary due to downtime or due to being overloaded.", is_transient=True),
    3: Known(403, "Application does not have the capability to make this API call", "Capability or permissions issue."),
    4: Known(429, "Application request limit reached", "The app has reached its API call rate limit.", is_transient=True),
    10: Known(403, "Application does not have permission for this action", "Permission is either not granted or has been removed."),
    17: Known(429, "User request limit reached", "", is_transient=True),
    33: Known(400, "Parameter value is not valid", "The business phone number has been deleted."),
    100: Known(400, "Invalid parameter"),
    104: Known(401, "An access token is required to request this resource."),
    190: Known(401, "Invalid OAuth access token - Cannot parse access token"),
    **dict.fromkeys(range(200, 300), _NO_RIGHTS),
    368: Known(403, "Temporarily blocked for policies violations", "The WhatsApp Business Account has been restricted or disabled for violating a platform policy."),
    803: Known(404, "Some of the aliases you requested do not exist", kind="GraphMethodException"),
    2200: Known(400, "Callback verification failed"),
    80007: Known(429, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit.", is_transient=True),
    80008: Known(429, "There have been too many calls to this WhatsApp Business account", "", is_transient=True),
    130429: Known(400, "Rate limit hit", "Cloud API message throughput has been reached."),
    130472: Known(400, "User's number is part of an experiment", "Message was not sent as part of an experiment."),
    130497: Known(403, "Business account is restricted from messaging users in this country.", "The WhatsApp Business Account is restricted from messaging to users in certain countries."),
    131000: Known(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Known(403, "Access denied", "Permission is either not granted or has been removed."),
    131008: Known(400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: Known(400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: Known(503, "Service unavailable", "A service is temporarily unavailable.", is_transient=True),
    131021: Known(400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: Known(400, "Message undeliverable", "Message Undeliverable."),
    131030: Known(400, "Recipient phone number not in allowed list", "Recipient phone number not in allowed list: Add recipient phone number to recipient list and try again."),
    131031: Known(403, "Business Account locked", "Business Account has been locked."),
    131037: Known(400, "WhatsApp provided number needs display name approval before message can be sent.", "The number's display name has not been approved."),
    131042: Known(400, "Business eligibility payment issue", "Message failed to send because there were one or more errors related to your payment method."),
    131044: Known(400, "Business eligibility payment issue", "Calling is not possible because there were one or more errors related to your payment method."),
    131045: Known(500, "Incorrect certificate", "Message failed to send due to a phone number registration error."),
    131047: Known(400, "Re-engagement message", "Message failed to send because more than 24 hours have passed since the customer last replied to this number."),
    131048: Known(400, "Spam rate limit hit", _SPAM),
    131049: Known(400, _HEALTHY, "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."),
    131050: Known(400, "User has stopped marketing messages", "The recipient has chosen to stop receiving marketing messages from this business."),
    131051: Known(400, "Unsupported message type", "Message type is not currently supported."),
    131052: Known(400, "Media download error", "Unable to download the media sent by the user."),
    131053: Known(400, "Media upload error", "Unable to upload the media used in the message."),
    131055: Known(400, "Method not allowed", "This endpoint does not send messages of this kind."),
    131056: Known(400, "(Business Account, Consumer Account) pair rate limit hit", "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."),
    131057: Known(500, "Account in maintenance mode", "Business Account is in maintenance mode."),
    131062: Known(400, "Business-scoped user id recipients are not supported", "Use the phone number of the recipient."),
    131063: Known(400, "Marketing templates are disabled on Cloud API", ""),
    131064: Known(400, "Message limit reached because of template misclassification", ""),
    132000: Known(400, "Number of parameters does not match the expected number of params"),
    132001: Known(404, "Template name does not exist in the translation"),
    132005: Known(400, "Translated text too long"),
    132007: Known(400, "Template Format Character Policy Violated"),
    131060: Known(400, "This message is unavailable"),
    132008: Known(400, "Template parameter value is not valid"),
    132012: Known(400, "Parameter format does not match format in the created template"),
    132015: Known(400, "Template is paused", "Template is paused due to low quality so it cannot be sent in a template message."),
    132016: Known(400, "Template is disabled", "Template has been paused too many times due to low quality and is now permanently disabled."),
    132018: Known(400, "There was an issue with the parameters in your template"),
    132068: Known(400, "Flow is in blocked state"),
    132069: Known(400, "Flow is in throttled state"),
    133000: Known(500, "Incomplete deregistration"),
    133004: Known(503, "Server temporarily unavailable", is_transient=True),
    133005: Known(400, "Two step verification PIN mismatch"),
    133006: Known(400, "Phone number re-verification needed"),
    133008: Known(400, "Too many two step verification PIN guesses"),
    133009: Known(400, "Two step verification PIN guessed too fast"),
    133010: Known(400, "Account not registered", "The phone number is not registered on the WhatsApp Business Platform."),
    133015: Known(400, "Please wait a few minutes before attempting to register this phone number"),
    133016: Known(400, "Rate limit of registration and deregistration exceeded"),
    134100: Known(400, "Only marketing messages are supported"),
    134101: Known(400, "Template is being synced"),
    134102: Known(400, "Template unavailable for marketing messages"),
    135000: Known(400, "Generic user error", "Message failed to send because of an unknown error with your request parameters."),
    136024: Known(400, "Request code failed"),
    136025: Known(400, "Verify code failed"),
    137000: Known(400, "Identity key hash mismatch"),
    139100: Known(400, "Failed to block/unblock some users"),
    139101: Known(400, "Blocklist limit reached"),
    139102: Known(400, "Blocklist concurrent update"),
    139103: Known(400, "Internal error", "The user could not be blocked."),
}  # fmt: skip

_UNKNOWN: Final = Known(400, "An unknown error occurred")
_GRAPHS_OWN: Final = frozenset((4, 10, 17, 104, 190, *range(200, 300), 803, 2200))
_WITHOUT_PREFIX: Final = frozenset((104, 190, 2))


class Refusal(Exception):
    """A request answered with an error of Meta's. Shown to the client as it is."""

    def __init__(
        self,
        code: int,
        *,
        details: str | None = None,
        title: str | None = None,
        http_status: int | None = None,
        subcode: int | None = None,
        plain: bool = False,
        user_title: str | None = None,
        user_message: str | None = None,
    ) -> None:
        known = CODES.get(code, _UNKNOWN)
        self.code = code
        self.title = title or known.title
        self.details = known.details if details is None else details
        self.http_status = http_status or known.http_status
        self.subcode = subcode
        self.kind = known.kind
        self.user_title = user_title
        self.user_message = user_message
        self.is_transient = known.is_transient
        # Graph's own refusals (a missing field, a token) carry no error_data; WhatsApp's do.
        self.plain = plain or code < 4 or code in _GRAPHS_OWN
        super().__init__(f"{code} {self.title}")

    @property
    def message(self) -> str:
        """`(#code) title`, as Graph writes it; without the prefix for token problems."""
        return self.title if self.code in _WITHOUT_PREFIX else f"(#{self.code}) {self.title}"

    def body(self, trace_id: str) -> bytes:
        """The JSON answer."""
        return orjson.dumps({"error": self.error(trace_id)})

    def error(self, trace_id: str) -> dict[str, Any]:
        """The error object; it also stands in answers that are partly good."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.details and not self.plain:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.is_transient:
            error["is_transient"] = True
        if self.user_title is not None:
            error["error_user_title"] = self.user_title
            error["error_user_msg"] = self.user_message or ""
        error["fbtrace_id"] = trace_id
        return error


def trace_id() -> str:
    """An id in the form of Graph's `fbtrace_id`."""
    return "A" + base64.urlsafe_b64encode(os.urandom(17))[:22].decode()


def webhook_error(code: int) -> dict[str, Any]:
    """The entry of `errors[]` in a `failed` status: the title without the `(#code)` prefix."""
    known = CODES.get(code, _UNKNOWN)
    return {
        "code": code,
        "title": known.title,
        "message": known.title,
        "error_data": {"details": known.details or known.title},
        "href": HREF,
    }
