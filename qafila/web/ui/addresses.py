"""Addresses of pages with parameters changed."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

_ALSO_GONE = ("page", "partial", "format")


def changed(request: HttpRequest, changes: Mapping[str, object]) -> str:
    """``?…`` of this request with these parameters; None and "" take one away.

    The page number goes with any change of something else: another filter begins at its first page.
    """
    parameters = request.GET.copy()
    for name in _ALSO_GONE:
        parameters.pop(name, None)
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        elif isinstance(value, list | tuple):
            parameters.setlist(name, [str(one) for one in value])
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()
