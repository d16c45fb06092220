"""Pages for people. Today: where everything is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qafila import __version__


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The start page: that it runs, and links. Says nothing about anybody's data, so it needs no sign-in."""
    return render(request, "web/start.html", {"version": __version__})
