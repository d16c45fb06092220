"""A Graph request, taken apart once."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Scope

from wa_sandbox.graph.asked_fields import asked_fields
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.forms import BadForm, multipart, urlencoded

BODY_AT_MOST = 5_000_000
FILE_AT_MOST = 101 * 1024 * 1024
DEFAULT_VERSION = "v25.0"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = (FORM, MULTIPART)


@dataclass(slots=True)
class GraphRequest:
    """Method, version, node and edge of the path, query, and the body as Graph reads it (JSON or a form)."""

    method: str
    version: str
    node: str
    edge: str
    query: dict[str, str]
    host: str
    content_type: str
    authorization: str
    raw: bytes
    headers: list[tuple[bytes, bytes]]
    too_large: bool = False
    _body: Any = field(default=None, init=False)
    _read: bool = field(default=False, init=False)
    _unreadable: bool = field(default=False, init=False)

    async def read_form(self) -> None:
        """Take a multipart body apart before anybody asks for it: that needs the loop. Files are kept where one is expected."""
        if not self.content_type.startswith(MULTIPART) or self.too_large:
            return
        self._read = True
        try:
            form = await multipart(self.headers, self.raw)
        except BadForm:
            self._unreadable = True
            return
        self._body = {
            name: value
            for name, value in form.items()
            if self.edge == "media" or not isinstance(value, tuple)
        }

    @property
    def body(self) -> Any:
        """The body as JSON values; {} without one. Raises Refusal when it is not JSON and not a form."""
        if self._unreadable:
            raise Refusal(100, details="The multipart body cannot be read.")
        if not self._read:
            self._body = self._parse()
            self._read = True
        return self._body

    @property
    def given(self) -> dict[str, Any]:
        """Parameters of the query and of the body together: Graph takes each from either. Raises Refusal."""
        body = self.body
        return {**self.query, **(body if isinstance(body, dict) else {})}

    def header(self, name: bytes) -> str:
        """A header as it was sent, "" without it. `name` in lower case."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")

    @property
    def recipient(self) -> str:
        """`to` (or the user id) if it can be read, for faults and the books; "" otherwise."""
        try:
            given = self.given
        except Refusal:
            return ""
        return str(given.get("to") or given.get("recipient") or "")

    @property
    def token(self) -> str | None:
        """The access token: from the header, the query or the form. None without one."""
        scheme, _, token = self.authorization.partition(" ")
        if scheme.lower() in ("bearer", "oauth") and token.strip():
            return token.strip()
        in_query = self.query.get("access_token")
        if in_query:
            return in_query
        if self.content_type.startswith(FORMS) and not self._unreadable:
            in_form = self.body.get("access_token")
            return in_form if isinstance(in_form, str) and in_form else None
        return None

    @property
    def fields(self) -> dict[str, str]:
        """What `?fields=` asks for: name → what it asks of it, "" for all; empty when it is not given. Raises Refusal."""
        given = self.query.get("fields")
        return asked_fields(given) if given else {}

    def _parse(self) -> Any:
        if not self.raw:
            return {}
        if self.content_type.startswith(FORM):
            return urlencoded(self.raw)
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as failure:
            raise Refusal(
                100, title="Invalid parameter", details="The request body is not valid JSON."
            ) from failure


def read_request(scope: Scope, raw: bytes, *, too_large: bool = False) -> GraphRequest:
    """The request of an ASGI scope and its body. `node` is "" when the path is only a version."""
    parts = [part for part in scope["path"].split("/") if part]
    version = parts.pop(0) if parts and is_version(parts[0]) else DEFAULT_VERSION
    content_type = host = authorization = ""
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"content-type":
            content_type = value.decode("latin-1").lower()
        elif name == b"host":
            host = value.decode("latin-1")
    query = scope["query_string"]
    return GraphRequest(
        method=scope["method"],
        version=version,
        node=parts[0] if parts else "",
        edge="/".join(parts[1:]),
        query=dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
        host=host,
        content_type=content_type,
        authorization=authorization,
        raw=raw,
        headers=scope["headers"],
        too_large=too_large,
    )


def is_version(part: str) -> bool:
    """Whether a part of a path is a Graph version: v23.0, v25.0, v9.0."""
    return part[:1] == "v" and part[1:].replace(".", "", 1).isdigit()
