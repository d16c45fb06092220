"""What an open message says: the content of a call, read into what a batch and its messages keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from qafila.businesses.refusals import Refused
from qafila.campaigns.rules.recipients import LONGEST_MESSAGE, text_fault
from qafila.providers import contents_json
from qafila.providers.failures import ProviderError

_WORDS: Final = ("text", "caption")
"""Fields that hold what the message says beside its other parts."""
_OF_TEMPLATE: Final = frozenset({"name", "language", "variable", "components", "params", "text"})
LONGEST_LABEL: Final = 60


@dataclass(frozen=True, slots=True)
class OpenContent:
    """One message for all its recipients.

    :ivar kind: one of ``contents_json.KINDS``.
    :ivar carrier: as a batch keeps it; for a template: ``{"name", "language", "variable"?, "components"?}``.
    :ivar body: its text or caption; "" where it has none.
    :ivar params: values of a template's variables, or None.
    """

    kind: str
    carrier: Mapping[str, Any]
    body: str = ""
    params: Any = None

    @property
    def label(self) -> str:
        """Its beginning, for lists; the kind where it has no text."""
        line = " ".join(self.body.split())
        return line[:LONGEST_LABEL] or self.kind


def read_open_content(message_type: str, content: object) -> OpenContent:
    """Reads ``message_type`` and ``content`` of a call.

    ``text``: a text. ``template``: ``{"name", "language", "params"?, "text"?, "variable"?, "components"?}``. Others as
    ``providers.contents_json`` lists them, with ``caption`` or ``text`` for what they say.

    :raises Refused: ``invalid_value`` (no such type), ``wrong_type``, ``empty``, ``too_long``, a text fault,
        ``open_content_malformed``.
    """
    if message_type not in contents_json.KINDS:
        raise Refused(
            "invalid_value",
            "There is no such type of message.",
            field="message_type",
            allowed=", ".join(contents_json.KINDS),
        )
    if message_type == "text":
        given = content.get("text") if isinstance(content, Mapping) else content
        return OpenContent("text", {"kind": "text"}, _said(given, must=True))
    if not isinstance(content, Mapping):
        raise Refused("wrong_type", "The content is not an object.", field="content", expected="object")
    for text in _texts(content):
        if fault := text_fault(text):
            raise Refused(fault, "The content has characters that cannot be kept.", field="content")
    if message_type == "template":
        return _template(content)
    body = _said(next((content[name] for name in _WORDS if name in content), None), must=False)
    parts = {name: value for name, value in content.items() if name not in _WORDS}
    carrier = {**parts, "kind": message_type}
    try:
        contents_json.read(carrier, body)
    except ProviderError as fault:
        raise Refused("open_content_malformed", fault.detail, field="content", why=fault.detail) from fault
    return OpenContent(message_type, carrier, body)


def _template(content: Mapping[str, Any]) -> OpenContent:
    unknown = next((name for name in content if name not in _OF_TEMPLATE), None)
    if unknown is not None:
        raise Refused("unknown_field", "There is no such field.", field=f"content.{unknown}"[:64])
    carrier = {name: content[name] for name in content if name not in ("params", "text")}
    params = content.get("params")
    body = _said(content.get("text"), must=False)
    return OpenContent("template", carrier, body, [] if params is None and not body else params)


def _said(given: object, *, must: bool) -> str:
    if given is None and not must:
        return ""
    if not isinstance(given, str):
        raise Refused("wrong_type", "The text is not a text.", field="content", expected="string")
    if must and not given.strip():
        raise Refused("empty", "The message is empty. Write one.", field="content")
    if len(given) > LONGEST_MESSAGE:
        raise Refused("too_long", "The message is too long.", field="content", limit=LONGEST_MESSAGE)
    if fault := text_fault(given):
        raise Refused(fault, "The message has characters that cannot be kept.", field="content")
    return given


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, names of fields too."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            pending += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            pending += one
