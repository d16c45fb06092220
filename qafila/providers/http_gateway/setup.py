"""How one gateway is spoken to, as data: what may stand in an account's ``config["gateway"]``, checked strictly.

``docs/providers.md`` explains each part. A text in it is never run: paths are walked, ``{name}`` is replaced.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from qafila.providers.account_fields import gettext_noop as _
from qafila.providers.failures import Failure
from qafila.providers.http_gateway import filling, paths
from qafila.providers.http_gateway.shapes import (
    OUR_HEADERS,
    Body,
    BodyText,
    Code,
    HeaderName,
    Headers,
    HeaderValue,
    JsonPath,
    QueryName,
    Short,
    Status,
    UrlPath,
)

LARGEST: Final = 20_000
MOST_PARTS: Final = 500
DEEPEST: Final = 8
PRESETS: Final = Path(__file__).parent / "presets"


class BadSetup(ValueError):
    """A set-up that cannot be used. ``where``: the place in it, ``why``: a sentence; neither quotes a value."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where = where
        self.why = why


class Part(BaseModel):
    """Anything below."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Condition(Part):
    """All that is given must hold. :attr:`equals`: one of these values, by type too (``true`` is not ``"true"``)."""

    status: list[Status] = Field([], max_length=20)
    path: JsonPath | None = None
    equals: list[str | int | bool | None] = Field([], max_length=50)
    contains: Short = ""
    exists: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        asks = bool(self.equals) or bool(self.contains) or self.exists is not None
        if asks != (self.path is not None) or not (self.status or asks):
            raise ValueError(_("A condition has status, or path with equals, contains or exists."))
        return self

    def holds(self, status: int, body: Any) -> bool:
        """Whether an answer fulfils it."""
        if self.status and status not in self.status:
            return False
        if self.path is None:
            return True
        found = paths.at(body, self.path)
        if self.equals and not any(type(found) is type(one) and found == one for one in self.equals):
            return False
        if self.contains and not (isinstance(found, str) and self.contains.lower() in found.lower()):
            return False
        return self.exists is None or (found is not None) == self.exists


class ErrorRule(Part):
    """What one kind of refusal means. ``class`` other than ``unknown``: only where the gateway then certainly sent nothing."""

    when: Condition
    failure: Literal[
        "temporary", "throttled", "recipient", "content", "resting", "sender", "account", "unknown"
    ] = Field(alias="class")
    code: Code


class Request(Part):
    """One request. :attr:`body` for POST: sent as JSON or as a form. :attr:`headers`: beside those of ours and the token's."""

    method: Literal["POST", "GET"] = "POST"
    path: UrlPath
    format: Literal["json", "form"] = "json"
    body: Body = Field(default_factory=dict)
    query: dict[QueryName, BodyText] = Field(default_factory=dict, max_length=20)
    headers: Headers = Field(default_factory=dict)


class Send(Request):
    """Sending: what is an acceptance, where its id stands, and what refusals mean (the first rule that holds)."""

    accepted: list[Condition] = Field([], max_length=10)
    id: JsonPath = ""
    error_code: JsonPath = ""
    error_message: JsonPath = ""
    errors: list[ErrorRule] = Field([], max_length=50)

    @model_validator(mode="after")
    def _can_tell(self) -> Send:
        if not self.id and not self.accepted:
            raise ValueError(_("An acceptance is known by its id, or by conditions in accepted."))
        if "text" not in filling.names_in(self.body) | filling.names_in(dict(self.query)):
            raise ValueError(_("The text is sent nowhere: write {text} into the body."))
        names = filling.names_in(self.body) | filling.names_in(dict(self.query)) | filling.names_in(self.path)
        if not names & {"to", "to_plus"}:
            raise ValueError(_("The number is sent nowhere: write {to} or {to_plus} into the body."))
        return self


class Check(Request):
    """Whether a number is on WhatsApp: yes where all of :attr:`yes` hold, no where all of :attr:`no` do."""

    yes: list[Condition] = Field(min_length=1, max_length=5)
    no: list[Condition] = Field(min_length=1, max_length=5)


class State(Request):
    """How the number stands. :attr:`state`: where the gateway's word for it is."""

    ready: list[Condition] = Field(min_length=1, max_length=5)
    state: JsonPath = ""


class MessageEvent(Part):
    """What people wrote."""

    kind: Literal["message"] = Field(alias="is")
    when: Condition
    sender: JsonPath = ""
    id: JsonPath = ""
    from_: JsonPath = Field(alias="from")
    text: JsonPath
    name: JsonPath = ""
    at: JsonPath = ""


class StatusEvent(Part):
    """A receipt. :attr:`states`: the gateway's word, in lower case, to ours."""

    kind: Literal["status"] = Field(alias="is")
    when: Condition
    sender: JsonPath = ""
    id: JsonPath = ""
    attempt_id: JsonPath = ""
    state: JsonPath
    states: dict[Short, Literal["sent", "delivered", "read", "failed"]] = Field(min_length=1, max_length=50)
    to: JsonPath = ""
    at: JsonPath = ""
    error_code: JsonPath = ""

    @model_validator(mode="after")
    def _names_a_message(self) -> StatusEvent:
        if not self.id and not self.attempt_id:
            raise ValueError(_("A receipt names its message by id or attempt_id."))
        return self


class Signature(Part):
    """How the gateway signs its webhooks: an HMAC over the bytes, as hexadecimal digits after :attr:`prefix`."""

    header: HeaderName
    algorithm: Literal["sha256", "sha512"] = "sha256"
    prefix: Annotated[str, StringConstraints(pattern=r"^[ -~]{0,20}$")] = ""


class Webhook(Part):
    """What the gateway sends us. ``list``: where several events of one webhook stand; "" for the whole body."""

    items: JsonPath = Field("", alias="list")
    signature: Signature | None = None
    events: list[Annotated[MessageEvent | StatusEvent, Field(discriminator="kind")]] = Field(
        min_length=1, max_length=20
    )


class Auth(Part):
    """How we show our token: in a header (``Bearer {token}``), or in the query."""

    header: HeaderName = "Authorization"
    value: HeaderValue = "Bearer {token}"
    query: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{0,64}$")] = ""


class Gateway(Part):
    """All of it. While :attr:`draft` is on, nothing is sent but by the tester."""

    version: Literal[1] = 1
    name: Short = ""
    note: Annotated[str, StringConstraints(max_length=1000)] = ""
    draft: bool = False
    auth: Auth = Auth()
    send: Send
    typing: Request | None = None
    check: Check | None = None
    state: State | None = None
    webhook: Webhook | None = None

    @model_validator(mode="after")
    def _shows_the_token_once(self) -> Gateway:
        token = "" if self.auth.query else self.auth.header.lower()
        for request in (self.send, self.typing, self.check, self.state):
            if request is not None and token in {name.lower() for name in request.headers}:
                raise ValueError(_("The header of auth holds the token: no other header may have its name."))
        if token in OUR_HEADERS - {"authorization"}:
            raise ValueError(_("The token cannot stand in a header that Qafila sets itself."))
        return self

    def failure_of(self, rule: ErrorRule) -> Failure:
        """The class of a rule."""
        return Failure(rule.failure)


def read(given: Any) -> Gateway:
    """A set-up from an object or from JSON text. Raises :class:`BadSetup`."""
    if isinstance(given, str | bytes):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError as exc:
            raise BadSetup(f"line {exc.lineno}", "This is not valid JSON.") from None
    if not isinstance(given, Mapping):
        raise BadSetup("", "A gateway is described by a JSON object.")
    if sum(1 for _ in _parts(given)) > MOST_PARTS:
        raise BadSetup("", "This is nested too deeply, or has too many parts.")
    try:
        raw = orjson.dumps(given)
    except TypeError:  # a number of 65 bits, half a character
        raise BadSetup("", _("This holds a number or a letter that no gateway reads.")) from None
    if len(raw) > LARGEST:
        raise BadSetup("", f"A gateway is described in at most {LARGEST} bytes.")
    return _checked(raw)


@functools.lru_cache(maxsize=512)
def _checked(raw: bytes) -> Gateway:
    try:
        return Gateway.model_validate_json(raw)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(one) for one in first["loc"])
        raise BadSetup(where, first["msg"].removeprefix("Value error, ")) from None


def _parts(value: Any, depth: int = 0) -> Iterator[None]:
    yield None
    if depth > DEEPEST:
        for _ in range(MOST_PARTS):
            yield None
        return
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _parts(one, depth + 1)


def presets() -> dict[str, dict[str, Any]]:
    """The set-ups that come with the program, by name."""
    return {path.stem: orjson.loads(path.read_bytes()) for path in sorted(PRESETS.glob("*.json"))}
