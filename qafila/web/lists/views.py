"""A person's own exports: progress, then the file, until it expires. And how far a bulk action on very many rows has come."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from qafila.dispatch.queries import living_workers
from qafila.kit.ids import is_public_id
from qafila.web.lists import changing
from qafila.web.lists.export_run import may_have, way_back
from qafila.web.lists.exporting import TYPES
from qafila.web.models import Change, Export, ExportState
from qafila.web.shell.doors import MEMBER, Current, signed_in


@require_safe
@signed_in(MEMBER)
def export(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far one is; its part alone for htmx."""
    now = timezone.now()
    found = _mine(request, public_id)
    context = {"export": found, "back": way_back(found), "now": now, "workers": living_workers(now=now)}
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "web/lists/export_part.html" if is_part else "web/lists/export.html", context)


@require_safe
@signed_in(MEMBER)
def export_file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The file, for its person only, and only as long as they may read the list that is in it."""
    found = _mine(request, public_id)
    if found.state != ExportState.FINISHED or not found.file:
        raise Http404(public_id)
    if found.expires_at is None or found.expires_at <= timezone.now():
        raise Http404(public_id)
    try:
        content = default_storage.open(found.file)
    except FileNotFoundError as exc:
        raise Http404(public_id) from exc
    return FileResponse(content, as_attachment=True, filename=found.name, content_type=TYPES[found.format])


@require_safe
@signed_in(MEMBER)
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far a bulk action is, and what came of it, for whoever may see its list; its part alone for htmx."""
    current: Current = request.current  # type: ignore[attr-defined]
    if not is_public_id(public_id, "change"):
        raise Http404(public_id)
    found = Change.objects.filter(public_id=public_id, business=current.business).first()
    title = changing.title_of(found, current) if found else None
    if found is None or title is None:
        raise Http404(public_id)
    context = {
        "change": found,
        "title": title,
        "back": f"{found.path}?{found.query}" if found.query else found.path,
        "workers": living_workers(now=timezone.now()),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "web/lists/change_part.html" if is_part else "web/lists/change.html", context)


def _mine(request: HttpRequest, public_id: str) -> Export:
    current: Current = request.current  # type: ignore[attr-defined]
    if not is_public_id(public_id, "export"):
        raise Http404(public_id)
    found = Export.objects.filter(public_id=public_id, business=current.business, user=current.user).first()
    if found is None or not may_have(found, current):
        raise Http404(public_id)
    return found
