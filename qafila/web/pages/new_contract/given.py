"""What the form of the second step says, as the action takes it."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, QueryDict

from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.kit.ids import parse_uuid
from qafila.senders import queries as senders
from qafila.senders.models import MessageTemplate, Sender

FIELDS: Final = ("phone", "name", "message")
READING: Final = ("encoding", "delimiter", "sheet", "country")
VALUE: Final = "value:"
_MOST_VALUES: Final = 50


def changes(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """Arguments of ``configure_draft`` for what the form holds; fields that it does not hold stay as they are."""
    form = request.POST
    found: dict[str, Any] = {}
    reading = {key: form[key] for key in READING if key in form}
    if reading:
        found["reading"] = _found_is_not_chosen(reading, draft)
    if not _is_read_anew(found.get("reading", {}), draft):
        columns = {field: int(form[field]) for field in FIELDS if form.get(field, "").isdecimal()}
        if any(field in form for field in FIELDS):
            found["columns"] = columns
    sender = _sender(form, draft)
    if sender is not None:
        found["sender"] = sender
    if "kind" in form:
        found["content"] = _content(form, sender or draft.sender)
    if "title" in form:
        found["name"] = form["title"]
    return found


def _is_read_anew(reading: dict[str, str], draft: Draft) -> bool:
    """With another encoding, separator or sheet the columns of the form are those of another table."""
    return any(
        reading.get(key, "") != (draft.reading.get(key) or "")
        for key in ("encoding", "delimiter", "sheet")
        if key in reading
    )


def _found_is_not_chosen(reading: dict[str, str], draft: Draft) -> dict[str, str]:
    """A list that shows the sheet that was found, unchanged, is no choice."""
    if not draft.reading.get("sheet") and reading.get("sheet") == draft.reading.get("found_sheet"):
        return {**reading, "sheet": ""}
    return reading


def _sender(form: QueryDict, draft: Draft) -> Sender | None:
    wanted = form.get("sender", "")
    return senders.by_public_id(draft.business_id, wanted) if wanted else None


def _content(form: QueryDict, sender: Sender | None) -> dict[str, Any]:
    kind = form["kind"]
    if kind == "text":
        return {"kind": "text", "text": form.get("text", "")}
    if kind != "template":
        return {"kind": "column"}
    template = _template(form.get("template", ""), sender)
    asked = reads.template_form(template)
    # Fields of the template that was shown before are none of this one's.
    values = {key: form[f"{VALUE}{key}"] for key in (asked.keys if asked else ()) if f"{VALUE}{key}" in form}
    return {
        "kind": "template",
        "template": str(template.public_id) if template else "",
        "named": bool(asked and asked.named),
        "values": dict(list(values.items())[:_MOST_VALUES]),
    }


def _template(public_id: str, sender: Sender | None) -> MessageTemplate | None:
    wanted = parse_uuid(public_id)
    if wanted is None or sender is None or sender.provider_account_id is None:
        return None
    found: MessageTemplate | None = MessageTemplate.objects.filter(
        public_id=wanted, provider_account_id=sender.provider_account_id
    ).first()
    return found
