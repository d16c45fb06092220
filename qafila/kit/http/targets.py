"""Where an HTTP request would go, read off its URL by the parser of the library that connects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyreqwest.http import Url

from qafila.kit.http.faults import NotConnected, target_of

LONGEST_URL: Final = 2048
# What browsers refuse too: services that would take the lines of an HTTP request for commands of their own.
_BAD_PORTS: Final = frozenset(
    {
        0,
        1,
        7,
        9,
        11,
        13,
        15,
        17,
        19,
        20,
        21,
        22,
        23,
        25,
        37,
        42,
        43,
        53,
        69,
        77,
        79,
        87,
        95,
        101,
        102,
        103,
        104,
    }
    | {
        109,
        110,
        111,
        113,
        115,
        117,
        119,
        123,
        135,
        137,
        139,
        143,
        161,
        179,
        389,
        427,
        465,
        512,
        513,
        514,
        515,
    }
    | {526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049}
    | {3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)


class Forbidden(NotConnected):
    """We do not connect there; not a byte was sent. Also a :class:`NotConnected`, whose ``reason`` is :attr:`code`.

    :ivar code: ``url_unreadable``, ``url_scheme`` (neither http nor https), ``url_userinfo`` (a user name or password in
        it), ``port_forbidden`` (belongs to another service), ``address_forbidden`` (not on the public internet).
    :ivar why: for ``address_forbidden`` the kind of place, see :func:`~qafila.kit.http.networks.why_not_public`.
    """

    def __init__(self, code: str, target: str = "", why: str = "") -> None:
        super().__init__(code, target)
        self.code = code
        self.why = why


@dataclass(frozen=True, slots=True)
class Pinned:
    """A URL that may be called, and where it leads.

    :ivar url: as the parser normalised it.
    :ivar host: name or address; IPv6 in brackets.
    :ivar addresses: checked ones, best first; connections go to these and to nothing else.
    """

    url: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


def read_url(url: str) -> tuple[Url, str, int]:
    """The URL as the connecting library sees it, its host without a dot at the end, its port."""
    target = target_of(url)
    if len(url) > LONGEST_URL or not url.isprintable() or any(letter.isspace() for letter in url):
        raise Forbidden("url_unreadable", target)
    try:
        parsed = Url(url)
    except ValueError:
        raise Forbidden("url_unreadable", target) from None
    if parsed.scheme not in ("http", "https"):
        raise Forbidden("url_scheme", target)
    if parsed.username or parsed.password is not None:
        raise Forbidden("url_userinfo", target)
    host = parsed.host_str or ""
    if host.endswith("."):
        host = host[:-1]
        try:
            parsed = parsed.with_host(host)
        except ValueError:
            raise Forbidden("url_unreadable", target) from None
    if not host.startswith("[") and (len(host) > 253 or not all(host.split("."))):
        raise Forbidden("url_unreadable", target)
    port = parsed.port_or_known_default
    if port is None or port in _BAD_PORTS:
        raise Forbidden("port_forbidden", target)
    return parsed, host, port
