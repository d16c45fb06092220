"""The third step: what would become of each row, before anything is in the books; cells are mended in place."""

from __future__ import annotations

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qafila.businesses.refusals import Refused
from qafila.campaigns.actions import drafts
from qafila.campaigns.models import CheckState, Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.ways import way_of
from qafila.dispatch.queries import living_workers
from qafila.kit.phones import Reason
from qafila.web.pages.new_contract import given
from qafila.web.pages.new_contract.finding import current_of, draft_of, obstacles, page, plainly
from qafila.web.shell.answering import refuse
from qafila.web.shell.doors import signed_in

_ROWS_A_PAGE: Final = 25
_MOST_CELLS: Final = 500
CELL: Final = "cell"


@signed_in("contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """The figures, the first rows, and the rejected ones; POST checks (again)."""
    current, draft = draft_of(request, public_id)
    if request.method == "POST":
        drafts.configure_draft(
            business=current.business,
            public_id=public_id,
            step="check",
            actor=current.actor,
            now=timezone.now(),
        )
        drafts.begin_check(draft, now=timezone.now())
        return redirect("new_contract:check", public_id)
    return render(request, "web/new_contract/check.html", _shown(request, draft))


@signed_in("contracts:write")
@require_safe
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far the check is; the page reads it anew when it is over."""
    _current, draft = draft_of(request, public_id)
    answer = render(request, "web/new_contract/_progress.html", page("check", draft, **_course(draft)))
    if not _is_running(draft):
        answer["HX-Refresh"] = "true"
    return answer


@signed_in("contracts:write")
@require_POST
def mend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps what was written into cells, and checks again."""
    current, draft = draft_of(request, public_id)
    cells: dict[int, dict[int, str]] = {}
    for key in list(request.POST)[:_MOST_CELLS]:
        kind, _colon, place = key.partition(":")
        row, _colon, column = place.partition(":")
        if kind == CELL and row.isdecimal() and column.isdecimal() and len(row) < 9 and len(column) < 6:
            text = request.POST[key]
            if text != request.POST.get(f"was:{place}", ""):
                cells.setdefault(int(row), {})[int(column)] = text
    try:
        draft = drafts.mend_cells(
            business=current.business,
            public_id=public_id,
            cells=cells,
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, request.path.removesuffix("mend") + "check")
    drafts.begin_check(draft, now=timezone.now())
    return redirect("new_contract:check", public_id)


@signed_in("contracts:write")
@require_POST
def rule(request: HttpRequest, public_id: str) -> HttpResponse:
    """Chooses what repeated rows mean, or whose numbers have no country code, and checks again."""
    current, _draft = draft_of(request, public_id)
    form = request.POST
    try:
        draft = drafts.configure_draft(
            business=current.business,
            public_id=public_id,
            duplicates=form.get("duplicates"),
            reading={"country": form["country"]} if "country" in form else None,
            actor=current.actor,
            now=timezone.now(),
        )
    except Refused as refusal:
        return refuse(request, refusal, request.path.removesuffix("rule") + "check")
    drafts.begin_check(draft, now=timezone.now())
    return redirect("new_contract:check", public_id)


def _shown(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    way = way_of(draft, now=timezone.now())
    valid = reads.is_checked(draft, way)
    context = page("check", draft, running=_is_running(draft), **_course(draft))
    if not valid or draft.check_state != CheckState.DONE:
        context["failed"] = (
            plainly(draft.check_reason, draft.check_result.get("words") or {})
            if valid and draft.check_state == CheckState.FAILED
            else ""
        )
        return context
    result = draft.check_result
    only_refused = request.GET.get("show") == "rejected"
    rows = result["refused_rows"] if only_refused else result["first"]
    wanted = Paginator(rows, _ROWS_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "result": result,
        "only_refused": only_refused,
        "page": wanted,
        "header": draft.reading["header"][:12],
        "more_columns": max(0, len(draft.reading["header"]) - 12),
        "rows": [_row(row, len(draft.reading["header"][:12])) for row in wanted],
        "mendable": any(_can_be_mended(row) for row in wanted),
        "countries": _countries(request, result["reasons"]),
        "reasons": [(plainly(each["code"], each["words"]), each["count"]) for each in result["reasons"]],
        "obstacles": obstacles(draft, reads.blockers(draft, way)),
        "more_refused": max(0, result["refused"] - len(result["refused_rows"])),
    }
    return context


def _countries(request: HttpRequest, reasons: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """To choose from, where rows were rejected for want of a country; else none."""
    if all(each["code"] != f"phone.{Reason.COUNTRY_MISSING.value}" for each in reasons):
        return []
    return given.countries_of(current_of(request).business)


def _row(row: dict[str, Any], width: int) -> dict[str, Any]:
    """A row with a fault at the cell that is to blame."""
    fault = plainly(row["code"], row["words"]) if row["code"] else ""
    cells = [
        {
            "text": row["cells"][column] if column < len(row["cells"]) else "",
            "bad": bool(fault) and column == row["column"],
            "name": f"{row['row']}:{column}",
        }
        for column in range(width)
    ]
    placed = _can_be_mended(row) and row["column"] < width
    return {**row, "cells": cells, "fault": fault, "placed": placed}


def _can_be_mended(row: dict[str, Any]) -> bool:
    """A cut cell is not offered: what was cut away would be lost."""
    column = row["column"]
    if not row["code"] or column is None:
        return False
    cells = row["cells"]
    return column < len(cells) and not cells[column].endswith("…")


def _is_running(draft: Draft) -> bool:
    return draft.check_version == draft.version and draft.check_state in (
        CheckState.WAITING,
        CheckState.RUNNING,
    )


def _course(draft: Draft) -> dict[str, Any]:
    share = draft.check_share
    about = round(draft.check_rows / share) if share > 0 and draft.check_rows else 0
    workers = living_workers(now=timezone.now()) if _is_running(draft) else 0
    return {"rows_read": draft.check_rows, "rows_about": max(about, draft.check_rows), "workers": workers}
