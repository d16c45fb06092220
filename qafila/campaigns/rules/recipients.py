"""One recipient of a posted contract: read, checked, and either ready for the ledger or refused with its reason.

Plain code, not a validation library: a hundred thousand rows come in one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qafila.campaigns.rules import components
from qafila.kit import phones

LONGEST_MESSAGE: Final = 4096
LONGEST_NAME: Final = 200
LONGEST_PARAM: Final = 1024
MOST_PARAMS: Final = 50
LONGEST_GIVEN: Final = 200
LONGEST_ADDRESS: Final = 128
KNOWN: Final = frozenset({"phoneNumber", "message", "name", "params", "components"})


@dataclass(slots=True)
class Recipient:
    """A row as it goes into the ledger.

    :ivar row: from 1.
    :ivar given: the number as given, safe to keep.
    :ivar digits: E.164 digits without ``+``; "" for a number that is none.
    :ivar params: as the ledger keeps them (``providers.contents_json``).
    :ivar reason: wording code of what is wrong with the row, or "".
    :ivar wrong: the field that is wrong.
    :ivar words: parameters for the wording of ``reason``.
    """

    row: int
    given: str
    digits: str
    body: str
    params: list[str] | dict[str, Any] | None = None
    name: str = ""
    reason: str = ""
    wrong: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)


def read_recipient(
    raw: object, row: int, *, region: str | None, templated: bool, named_template: bool = False
) -> Recipient:
    """Reads one row; never raises on content.

    :param region: ISO code that reads national numbers, or None. Digits that are an international number are that first.
    :param templated: whether a template carries the messages, so that ``params`` make sense.
    :param named_template: whether the contract names it: then it may have no variables, and ``params`` may be ``[]``.
    """
    if not isinstance(raw, dict):
        return _refused(Recipient(row, "", "", ""), "wrong_type", "recipients", expected="object")
    given = raw.get("phoneNumber")
    message = raw.get("message")
    body = message if isinstance(message, str) else ""
    number = phones.normalise(given, region) if isinstance(given, str) else None
    if isinstance(number, phones.Phone) and isinstance(given, str):
        recipient = Recipient(row, given[:LONGEST_GIVEN], number.e164[1:], body)
    else:
        recipient = Recipient(row, keepable(given), "", body)
    if not (len(raw) == 2 and "message" in raw and "phoneNumber" in raw):
        unknown = next((name for name in raw if name not in KNOWN), None)
        if unknown is not None:
            return _refused(recipient, "unknown_field", keepable(unknown)[:64])
        _read_name(recipient, raw.get("name"))
        _read_params(recipient, raw.get("params"), templated=templated, may_be_none=named_template)
        _read_components(recipient, raw, templated=templated)
    if number is None:
        if given is None:
            return _refused(recipient, "phone.empty", "phoneNumber")
        return _refused(recipient, "wrong_type", "phoneNumber", expected="string")
    if isinstance(number, phones.BadPhone):
        return _refused(recipient, number.wording, "phoneNumber")
    return recipient if recipient.reason else _read_message(recipient, message)


def _read_message(recipient: Recipient, message: object) -> Recipient:
    if message is None and recipient.params is not None:
        return recipient
    if message is not None and not isinstance(message, str):
        return _refused(recipient, "wrong_type", "message", expected="string")
    if message is None or not message.strip():
        if recipient.params is not None:
            return recipient
        return _refused(recipient, "message_empty", "message")
    if len(message) > LONGEST_MESSAGE:
        return _refused(recipient, "message_too_long", "message", limit=LONGEST_MESSAGE)
    if fault := text_fault(message):
        return _refused(recipient, fault, "message")
    return recipient


def _read_name(recipient: Recipient, name: object) -> None:
    if name is None:
        return
    if not isinstance(name, str):
        _refused(recipient, "wrong_type", "name", expected="string")
    elif len(name) > LONGEST_NAME:
        _refused(recipient, "too_long", "name", limit=LONGEST_NAME)
    elif fault := text_fault(name):
        _refused(recipient, fault, "name")
    else:
        recipient.name = name.strip()


def _read_components(recipient: Recipient, raw: Mapping[str, Any], *, templated: bool) -> None:
    """Components of its own, which then stand beside the values of the body; the message is its one value without params."""
    given = raw.get("components")
    if given is None or recipient.reason:
        return
    if not templated:
        _refused(recipient, "invalid_value", "components")
    elif why := components.fault_of(given):
        _refused(recipient, "template_components_bad", "components", why=why)
    elif recipient.params is None and not recipient.body.strip():
        recipient.params = {"body": [], "components": given}
    else:
        body = recipient.params if recipient.params is not None else [recipient.body]
        recipient.params = {"body": body, "components": given}


def _read_params(recipient: Recipient, params: object, *, templated: bool, may_be_none: bool) -> None:
    if params is None or recipient.reason:
        return
    if not templated:
        _refused(recipient, "invalid_value", "params")
        return
    if isinstance(params, dict):
        values: list[Any] = [*params.values(), *params]
    elif isinstance(params, list):
        values = params
    else:
        _refused(recipient, "wrong_type", "params", expected="array or object")
        return
    if may_be_none and params == []:
        recipient.params = []
        return
    if not params or len(params) > MOST_PARAMS:
        _refused(recipient, "invalid_value", "params", allowed=f"1–{MOST_PARAMS}")
        return
    for value in values:
        if not isinstance(value, str):
            _refused(recipient, "wrong_type", "params", expected="string")
        elif len(value) > LONGEST_PARAM:
            _refused(recipient, "too_long", "params", limit=LONGEST_PARAM)
        elif fault := text_fault(value):
            _refused(recipient, fault, "params")
        else:
            continue
        return
    recipient.params = params


def text_fault(text: str) -> str:
    """The code of what keeps a text from being stored or sent: NUL, half a surrogate pair; "" for none."""
    if "\x00" in text:
        return "nul_byte"
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "bad_encoding"
    return ""


def keepable(value: object, longest: int = LONGEST_GIVEN) -> str:
    """What can be kept and shown of anything that was given: text without NUL and broken characters, cut."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else repr(value) if isinstance(value, int | float) else "…"
    return text[:longest].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _refused(recipient: Recipient, reason: str, wrong: str, **words: Any) -> Recipient:
    """Marks a row as refused; what is kept of its text is made safe to store."""
    if not recipient.reason:
        recipient.reason = reason
        recipient.wrong = wrong
        recipient.words = {"field": wrong, **words}
        recipient.body = keepable(recipient.body, LONGEST_MESSAGE)
        recipient.params = None
    return recipient
