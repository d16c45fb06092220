"""The server's half of ``{% confirm %}``: a large count has to be typed."""

from __future__ import annotations

from django.http import HttpRequest

TYPED_ABOVE = 1000
"""More rows than this and the number has to be typed."""
_TOO_LONG = 10
"""Figures of a number that no list has rows for; Python reads no number of thousands of them."""


def is_confirmed(request: HttpRequest, count: int) -> bool:
    """Whether a POST may change that many rows: few of them, or the person typed just this number.

    :param count: as counted now by the server, never as the page said.
    """
    if count <= TYPED_ABOVE:
        return True
    typed = "".join(
        c for c in request.POST.get("confirmed_count", "") if not c.isspace() and c not in ",.\u066c'"
    )
    return typed.isdecimal() and len(typed) < _TOO_LONG and int(typed) == count


def is_confirmed_as_shown(request: HttpRequest, count: int) -> bool:
    """The same for a count that falls while the person reads: no more rows than the dialog said (its field ``expected``).

    :param count: as counted now by the server.
    """
    shown = request.POST.get("expected", "")
    if not (shown.isascii() and shown.isdecimal() and len(shown) < _TOO_LONG):
        return False
    return count <= int(shown) and is_confirmed(request, int(shown))
