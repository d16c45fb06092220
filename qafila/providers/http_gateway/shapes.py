"""What may stand in the single places of a set-up: paths, addresses, headers, bodies. Each check says what is wrong, and
quotes no value."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from qafila.providers.account_fields import gettext_noop as _
from qafila.providers.http_gateway import filling, paths

MOST_HEADERS: Final = 20
OUR_HEADERS: Final = frozenset(
    {
        "accept",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What a request says of itself, in lower case: ours alone. The token has its own place, ``auth``."""


NAMES_OF_BODY: Final = _(
    "In braces only these may stand: to, to_plus, text, attempt_id, reply_to, sender, account, token."
)


def _path(value: str) -> str:
    paths.steps(value)
    return value


def _url_path(value: str) -> str:
    parts = value.split("/")
    odd = any(letter in value for letter in "?#\\ %") or ".." in parts or "//" in value
    if not value.startswith("/") or odd or not value.isprintable():
        raise ValueError(_("An address below the gateway's begins with / and has no ?, # or .."))
    if filling.names_in(value) - {"sender", "account", "to"}:
        raise ValueError(_("Only {sender}, {account} and {to} may stand in an address."))
    return value


def _header_value(value: str) -> str:
    if (
        filling.names_in(value) - {"token", "sender", "account"}
        or not value.isascii()
        or not value.isprintable()
    ):
        raise ValueError(_("Only {token}, {sender} and {account} may stand in a header."))
    return value


def _extra_header(value: str) -> str:
    """The message and the person's number never stand in a header: gateways and proxies log those."""
    if filling.names_in(value) - {"sender", "account", "attempt_id"}:
        raise ValueError(
            _("Only {sender}, {account} and {attempt_id} may stand here. The token has its place in auth.")
        )
    if not value.isascii() or not value.isprintable() or value != value.strip():
        raise ValueError(_("A header has only letters, digits and signs of ASCII, and no line break."))
    return value


def _headers(given: dict[str, str]) -> dict[str, str]:
    names = [name.lower() for name in given]
    if len(set(names)) != len(names):
        raise ValueError(_("Each header is named once, in upper or lower case."))
    if ours := sorted(OUR_HEADERS & set(names)):
        raise ValueError(f"These headers are set by Qafila or by auth: {', '.join(ours)}.")
    return given


def filled_body(value: Any) -> Any:
    """A body, or a value of a query. Raises :class:`ValueError`."""
    if filling.names_in(value) - set(filling.NAMES) - set(filling.SECRETS):
        raise ValueError(NAMES_OF_BODY)
    return value


JsonPath: TypeAlias = Annotated[str, StringConstraints(max_length=paths.LONGEST), AfterValidator(_path)]
UrlPath: TypeAlias = Annotated[str, StringConstraints(max_length=300), AfterValidator(_url_path)]
HeaderName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
QueryName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
HeaderValue: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_header_value)
]
BodyText: TypeAlias = Annotated[str, AfterValidator(filled_body)]
HeaderText: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=500), AfterValidator(_extra_header)
]
Headers: TypeAlias = Annotated[
    dict[HeaderName, HeaderText],
    Field(max_length=MOST_HEADERS),
    AfterValidator(_headers),
]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Short: TypeAlias = Annotated[str, StringConstraints(max_length=200)]
Status: TypeAlias = Annotated[int, Field(ge=100, le=599)]
Body: TypeAlias = Annotated[
    dict[Annotated[str, StringConstraints(max_length=64)], Any], AfterValidator(filled_body)
]
