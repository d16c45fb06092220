"""The second step: which column is what, what is sent, from which number."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from qafila.businesses.refusals import Refused
from qafila.campaigns import incoming
from qafila.campaigns.actions import drafts
from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.queries.adding import kinds_of
from qafila.campaigns.rules.components import Kind, Slot
from qafila.campaigns.rules.templates import Shown, TemplateForm
from qafila.campaigns.ways import Way, way_of
from qafila.senders.models import MessageTemplate
from qafila.web.pages.new_contract import given, offering
from qafila.web.pages.new_contract.finding import current_of, draft_of, obstacles, page
from qafila.web.shell.doors import signed_in
from qafila.web.shell.saying import said
from qafila.web.ui import figures


@signed_in("contracts:write")
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, public_id: str) -> HttpResponse:
    """Shows how the file is read and keeps what is changed; then checks the rows."""
    current, draft = draft_of(request, public_id)
    if request.method != "POST":
        return _show(request, draft)
    again, now = "again" in request.POST, timezone.now()
    try:
        draft = drafts.configure_draft(
            business=current.business,
            public_id=public_id,
            step="map" if again else "check",
            actor=current.actor,
            now=now,
            **given.changes(request, draft, now=now),
        )
    except Refused as refusal:
        return _show(request, draft, fault=said(refusal), status=422)
    if again:
        return redirect("new_contract:map", public_id)
    found = reads.blockers(draft, way_of(draft, now=now), audience=False)
    if any(blocker.step == "map" for blocker in found):
        return _show(request, draft, status=422)
    drafts.begin_check(draft, now=now)
    return redirect("new_contract:check", public_id)


@signed_in("contracts:write")
@require_POST
def keep(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keeps what is in the form, quietly, while the person writes."""
    current, draft = draft_of(request, public_id)
    now = timezone.now()
    try:
        drafts.configure_draft(
            business=current.business,
            public_id=public_id,
            actor=current.actor,
            now=now,
            **given.changes(request, draft, now=now),
        )
    except Refused as refusal:
        return JsonResponse({"fault": said(refusal)}, status=422)
    return JsonResponse({"kept": _("Draft saved %(time)s") % {"time": figures.said(now)}})


def _show(request: HttpRequest, draft: Draft, *, fault: str = "", status: int = 200) -> HttpResponse:
    current, now = current_of(request), timezone.now()
    way = way_of(draft, now=now)
    template = reads.template_of(draft, way) if draft.content.get("kind") == "template" else None
    form = reads.template_form(template)
    found = reads.blockers(draft, way, audience=False)
    more = page(
        "map",
        draft,
        fault=fault,
        # A new draft is not scolded for what nobody could write yet.
        obstacles=obstacles(draft, found) if request.method == "POST" else [],
        choices=_choices(draft),
        preview=_preview(draft),
        **offering.offered(draft, way, now=now),
        official=way.carrier.official,
        window_only=reads.needs_window(draft, way),
        templates=_templates(draft, way, template),
        kinds=kinds_of(draft.adds_to) if draft.adds_to is not None else ("column", "text", "template"),
        values=_values(draft, form),
        form=form,
        look=_look(form),
        fields=_fields(draft),
        encodings=_encodings(draft),
        delimiters=_delimiters(draft),
        countries=given.countries_of(current.business),
    )
    return render(request, "web/new_contract/map.html", more, status=status)


def _choices(draft: Draft) -> list[dict[str, Any]]:
    """For phone, name and message: its label, and the columns with an example."""
    header = draft.reading["header"]
    first = draft.reading["first"]
    labels = {
        "phone": (_("Phone number"), True),
        "name": (_("Name of the person"), False),
        "message": (_("Message"), False),
    }
    options = []
    for column, heading in enumerate(header):
        example = next(
            (cells[column] for _number, cells in first if column < len(cells) and cells[column]), ""
        )
        words = (
            heading if draft.reading.get("has_header", True) else _("Column %(number)s") % {"number": heading}
        )
        options.append({"column": column, "heading": words, "example": example[:40]})
    return [
        {
            "field": field,
            "label": label,
            "required": required,
            "chosen": draft.columns.get(field),
            "options": options,
        }
        for field, (label, required) in labels.items()
    ]


def _preview(draft: Draft) -> dict[str, Any]:
    used = {column: field for field, column in draft.columns.items()}
    names = {"phone": _("Phone"), "name": _("Name"), "message": _("Message")}
    header = [
        (heading, names.get(used.get(column, ""), ""))
        for column, heading in enumerate(draft.reading["header"])
    ]
    return {"header": header, "rows": draft.reading["first"]}


def _templates(draft: Draft, way: Way, chosen: MessageTemplate | None) -> list[dict[str, Any]]:
    found = []
    of_contract = way.carrier.default_template if draft.adds_to is not None else None
    for template in reads.templates(way):
        if of_contract and (template.name, template.language) != (
            of_contract["name"],
            of_contract["language"],
        ):
            continue
        form = reads.template_form(template)
        same = chosen is not None and (template.name, template.language) == (chosen.name, chosen.language)
        found.append(
            {
                "id": str(template.public_id),
                "name": f"{template.name} ({template.language})",
                "usable": template.can_send and not (form and form.unusable),
                "status": template.status,
                "chosen": same,
            }
        )
    return found


def _values(draft: Draft, form: TemplateForm | None) -> list[dict[str, str]]:
    """An input for each variable, and for what the template asks for outside its text."""
    if form is None:
        return []
    kept = draft.content.get("values") or {}
    asked = [(one, _("Variable %(variable)s") % {"variable": one}, "", "") for one in form.variables]
    asked += [(slot.key, *_slot_words(slot)) for slot in form.slots]
    return [
        {
            "name": f"{given.VALUE}{key}",
            "text": kept.get(key, ""),
            "label": label,
            "hint": hint,
            "example": example,
        }
        for key, label, hint, example in asked
    ]


def _look(form: TemplateForm | None) -> Shown | None:
    """The template as it is, with its places to fill."""
    if form is None:
        return None
    kind = next((slot.kind.value for slot in form.slots if slot.is_file), "")
    return Shown(form.body, form.header, form.footer, form.buttons, "…" if kind else "", kind)


def _slot_words(slot: Slot) -> tuple[str, str, str]:
    """Label, hint and example of what stands outside the text of a template."""
    link = "https://example.com/"
    return {
        Kind.TEXT: (_("Variable in the heading"), slot.label, ""),
        Kind.IMAGE: (
            _("Address of the picture"),
            _("WhatsApp fetches it from there: JPEG or PNG."),
            f"{link}a.jpg",
        ),
        Kind.VIDEO: (_("Address of the video"), _("WhatsApp fetches it from there: MP4."), f"{link}a.mp4"),
        Kind.DOCUMENT: (_("Address of the document"), _("WhatsApp fetches it from there."), f"{link}a.pdf"),
        Kind.URL: (_("End of the button's link"), slot.label, ""),
        Kind.COUPON: (_("Code that the button copies"), _("At most 15 characters."), ""),
    }[slot.kind]


def _fields(draft: Draft) -> list[str]:
    """Names that can stand in a text, for a click."""
    if not draft.reading.get("has_header", True):
        return [field for field in ("name", "phone") if field in draft.columns]
    message = draft.columns.get("message") if draft.content.get("kind") == "column" else None
    header = draft.reading["header"]
    return [heading for column, heading in enumerate(header) if heading and column != message][:30]


def _encodings(draft: Draft) -> list[dict[str, Any]]:
    found = draft.reading.get("found_encoding", "")
    chosen = draft.reading.get("encoding") or ""
    names = {
        "utf-8": "UTF-8",
        "cp1256": _("Arabic (Windows 1256)"),
        "cp1255": _("Hebrew (Windows 1255)"),
        "cp1251": _("Cyrillic (Windows 1251)"),
        "cp1252": _("Western (Windows 1252)"),
        "utf-16": "UTF-16",
    }
    options = [
        {
            "value": "",
            "label": _("Found: %(found)s") % {"found": names.get(found, found)},
            "chosen": not chosen,
        }
    ]
    options += [{"value": key, "label": name, "chosen": key == chosen} for key, name in names.items()]
    if chosen and chosen not in names and chosen in incoming.ENCODINGS:
        options.append({"value": chosen, "label": chosen, "chosen": True})
    return options


def _delimiters(draft: Draft) -> list[dict[str, Any]]:
    found = draft.reading.get("found_delimiter", ",")
    chosen = draft.reading.get("delimiter") or ""
    names = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Vertical bar")}
    options = [
        {
            "value": "",
            "label": _("Found: %(found)s") % {"found": names.get(found, found)},
            "chosen": not chosen,
        }
    ]
    return options + [{"value": key, "label": name, "chosen": key == chosen} for key, name in names.items()]
