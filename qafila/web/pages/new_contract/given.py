"""What the form of the second step says, as the action takes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from qafila.businesses.models import Business
from qafila.businesses.refusals import NotFound
from qafila.campaigns.models import Draft
from qafila.campaigns.queries import drafts as reads
from qafila.campaigns.ways import Way, way_for, way_of, way_over
from qafila.senders import direction_queries, package_queries
from qafila.senders import queries as senders
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package, Sender
from qafila.web.pages.account.fields import countries

FIELDS: Final = ("phone", "name", "message")
READING: Final = ("encoding", "delimiter", "sheet", "country")
VALUE: Final = "value:"
_MOST_VALUES: Final = 50
_TOO_LONG: Final = 6
"""Figures of a column that no file has."""


def changes(request: HttpRequest, draft: Draft, *, now: datetime) -> dict[str, Any]:
    """Arguments of ``configure_draft`` for what the form holds; fields that it does not hold stay as they are.

    :raises NotFound: the number, package or direction is not there (any more).
    """
    form = request.POST
    found: dict[str, Any] = {}
    reading = {key: form[key] for key in READING if key in form}
    if reading:
        found["reading"] = _found_is_not_chosen(reading, draft)
    if not _is_read_anew(found.get("reading", {}), draft):
        columns = {
            field: int(form[field])
            for field in FIELDS
            if form.get(field, "").isdecimal() and len(form[field]) < _TOO_LONG
        }
        if any(field in form for field in FIELDS):
            found["columns"] = columns
    chosen = _chosen(form.get("sender", ""), draft)
    found |= chosen
    if "kind" in form:
        found["content"] = _content(form, draft, _way(chosen, draft, now))
    if "title" in form:
        found["name"] = form["title"]
    return found


def countries_of(business: Business) -> list[tuple[str, str]]:
    """Code and name of the countries that numbers without a country code may belong to; "" stands first, for what the
    business has chosen for all its files."""
    known = countries()
    own = dict(known).get(business.default_country)
    return [("", own or _("None: numbers must begin with + and the country code")), *known]


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


def _chosen(wanted: str, draft: Draft) -> dict[str, Sender | Package | Direction]:
    """The radio button: a number's id, or the word of another kind before it."""
    kind, _colon, public_id = wanted.rpartition(":")
    if not wanted:
        return {}
    found: Sender | Package | Direction | None
    match kind:
        case "":
            kind, found = "sender", senders.by_public_id(draft.business_id, public_id)
        case "package":
            found = package_queries.package(draft.business_id, public_id)
        case "direction":
            found = direction_queries.direction(draft.business_id, public_id)
        case _:
            found = None
    if found is None:
        raise NotFound(kind if kind in ("package", "direction") else "account")
    return {kind: found}


def _way(chosen: dict[str, Sender | Package | Direction], draft: Draft, now: datetime) -> Way:
    """The way of what the form chose, or of what was chosen before."""
    match next(iter(chosen.values()), None):
        case None:
            return way_of(draft, now=now)
        case Direction() as direction:
            return way_for(direction, now=now)
        case over:
            return way_over(over)


def _content(form: QueryDict, draft: Draft, way: Way) -> dict[str, Any]:
    kind = form["kind"]
    if kind == "text":
        return {"kind": "text", "text": form.get("text", "")}
    if kind != "template":
        return {"kind": "column"}
    template = reads.template_named(form.get("template", ""), draft.business_id, way)
    asked = reads.template_form(template)
    # Fields of the template that was shown before are none of this one's.
    values = {key: form[f"{VALUE}{key}"] for key in (asked.keys if asked else ()) if f"{VALUE}{key}" in form}
    return {
        "kind": "template",
        "template": str(template.public_id) if template else "",
        "named": bool(asked and asked.named),
        "values": dict(list(values.items())[:_MOST_VALUES]),
    }
