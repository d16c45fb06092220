"""The figures of a chart as a page, for whoever has no script or cannot see lines: its address with ``?figures``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands behind a chart.

    :ivar title: of the page. :ivar back: address and name of the page that has the chart.
    :ivar headings: of the figures, without that of the moment.
    :ivar rows: newest first: the moment, and as many figures as there are headings; None where there is none.
    """

    title: str
    back: tuple[str, str]
    headings: Sequence[str]
    rows: Sequence[tuple[datetime, Sequence[float | None]]]


def are_wanted(request: HttpRequest) -> bool:
    """Whether the figures are to be read and not drawn."""
    return "figures" in request.GET


def shown(request: HttpRequest, figures: Figures) -> HttpResponse:
    """The page."""
    return render(request, "web/shell/figures.html", {"figures": figures})
