"""Files to take along: the rejected rows with their reasons, and a sample that fits what is sent."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from qafila.campaigns import checking
from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.rules import fields
from qafila.campaigns.rules.fields import TextFault
from qafila.campaigns.rules.row_reader import Read
from qafila.campaigns.ways import way_of
from qafila.kit.tables import TableError
from qafila.web.lists import exporting
from qafila.web.lists.exporting import CannotWrite, Exported, Table
from qafila.web.pages.new_contract.finding import draft_of, plainly
from qafila.web.shell.doors import Current, signed_in
from qafila.wording import say

log = logging.getLogger(__name__)

_IN_MEMORY: Final = 2_000_000
_SAMPLE_ROWS: Final = 3


@signed_in("contracts:read")
@require_http_methods(["GET", "HEAD", "POST"])
def rejected(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Every row that will not be sent, as it stands in the file, with the reason in the reader's language. Put right, the
    file can be uploaded as it is. Of a large file in the background: it is read from its beginning to its end."""
    current, draft = draft_of(request, public_id)
    name = _("rejected %(name)s") % {"name": draft.name or draft.public_id}
    back = reverse("new_contract:check", args=[public_id])
    if not checking.is_quick(draft):
        kind = _kind(request)
        total = int(draft.check_result.get("refused", 0)) + int(draft.check_result.get("repeated", 0))
        if request.method == "POST":
            named = _named(name, kind)
            return exporting.put_on_its_way(request, current, named, kind, total=total, now=timezone.now())
        return render(request, "web/lists/export_ask.html", {"total": total, "kind": kind, "back": back})
    try:
        return _file(request, name, *_rejected(draft))
    except (TableError, TextFault) as refusal:
        code = refusal.code.value if isinstance(refusal, TableError) else refusal.code
        messages.error(request, plainly(code, refusal.params))
    except OSError:
        log.warning("a draft's file is gone", extra={"draft": draft.pk})
        messages.error(request, plainly("file_unreadable", {}))
    return redirect(back)


def _exported(current: Current, kwargs: Mapping[str, Any]) -> Table:
    """The same for the background job."""
    draft = reads.draft(current.business.pk, kwargs["public_id"])
    if draft is None:
        raise CannotWrite("The draft is gone.")
    header, rows = _rejected(draft)

    def readable() -> Iterator[Sequence[object]]:
        try:
            yield from rows
        except (TableError, TextFault, FileNotFoundError) as refusal:
            raise CannotWrite("The file cannot be read again.") from refusal

    return header, readable()


rejected.exported = Exported(  # type: ignore[attr-defined]
    "contracts:read", _exported, lambda kwargs: reverse("new_contract:check", kwargs=dict(kwargs))
)


@signed_in("contracts:write")
@require_safe
def sample(request: HttpRequest) -> FileResponse:
    """A file to begin with: a number, a name and a message."""
    heads = [_("Phone"), _("Name"), _("Message")]
    rows = [[phone, name, _("Hello, your order is ready.")] for phone, name in _people()]
    return _file(request, _("sample"), heads, rows)


@signed_in("contracts:write")
@require_safe
def own_sample(request: HttpRequest, public_id: str) -> FileResponse:
    """A file with just the columns that the chosen text or template asks for."""
    _current, draft = draft_of(request, public_id)
    heads = [_("Phone")]
    wanted = _fields_of(draft)
    heads += [name for name in wanted if name not in heads] or [_("Name"), _("Message")]
    rows = [
        [phone, *(f"{heading} {place}" for heading in heads[1:])]
        for place, (phone, _n) in enumerate(_people(), 1)
    ]
    return _file(request, _("sample"), heads, rows)


def _fields_of(draft: Draft) -> list[str]:
    """Names of the fields in a draft's texts, in order; none where each row has its own message."""
    content = draft.content
    texts: list[str] = [content.get("text", "")] if content.get("kind") == "text" else []
    if content.get("kind") == "template":
        form = reads.template_form(reads.template_of(draft, way_of(draft, now=timezone.now())))
        values = content.get("values") or {}
        texts = [
            values.get(one, "") or f"{{{{{_('Value')} {one}}}}}" for one in (form.variables if form else ())
        ]
        texts += [values.get(slot.key, "") for slot in (form.slots if form else ())]
    names: dict[str, None] = {}
    for text in texts:
        try:
            names |= dict.fromkeys(field.name for field in fields.fields_of(fields.parse(text)))
        except TextFault:
            continue
    return list(names)


def _people() -> list[tuple[str, str]]:
    """Numbers that nobody has: examples of the numbering plan."""
    names = [_("Amira"), _("Daniel"), _("Olga")]
    return list(zip(["+201001234567", "+972502345678", "+79161234567"], names, strict=True))[:_SAMPLE_ROWS]


def _plain_header(draft: Draft) -> list[str]:
    """Headings for a file that had none, so that it is understood when it comes back."""
    names = {"phone": _("Phone"), "name": _("Name"), "message": _("Message")}
    used = {column: names[field] for field, column in draft.columns.items()}
    return [used.get(column, heading) for column, heading in enumerate(draft.reading["header"])]


def _rejected(draft: Draft) -> Table:
    header = list(draft.reading["header"]) if draft.reading.get("has_header", True) else _plain_header(draft)
    return [*header, _("Row in the file"), _("Reason")], _rejected_rows(draft, len(header))


def _rejected_rows(draft: Draft, width: int) -> Iterator[list[object]]:
    language = get_language() or "en"
    for read, code in checking.refused_rows(draft):
        cells = [*read.values[:width], *[""] * (width - len(read.values))]
        yield [*cells, read.recipient.row, _reason(read, code, language)]


def _reason(read: Read, code: str, language: str) -> str:
    return str(say(code, language, **read.recipient.words))


def _file(
    request: HttpRequest, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> FileResponse:
    kind = _kind(request)
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the answer closes it
    exporting.write(header, rows, out, kind=kind)
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename=_named(name, kind), content_type=exporting.TYPES[kind]
    )


def _kind(request: HttpRequest) -> str:
    """Of the address, or of the button that asks for the background job: its form's address names none.

    :raises Http404: a button of no known kind.
    """
    if request.method != "POST":
        return "csv" if request.GET.get("format") == "csv" else "xlsx"
    kind = request.POST.get("export", "")
    if kind not in exporting.TYPES:
        raise Http404(kind)
    return kind


def _named(name: str, kind: str) -> str:
    return f"{get_valid_filename(name)[:90]}.{kind}"
