"""What a draft may hold, and what keeps it from becoming a contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qafila.businesses.refusals import Refused
from qafila.campaigns.rules import components, fields
from qafila.campaigns.rules.fields import TextFault
from qafila.campaigns.rules.recipients import keepable
from qafila.campaigns.rules.row_reader import field_columns
from qafila.campaigns.rules.templates import TemplateForm
from qafila.kit import phones

MOST_MENDED: Final = 2_000
"""Rows that can be put right by hand; more is work for the spreadsheet."""
LONGEST_CELL: Final = 4_096
_MOST_VALUES: Final = 50


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that has to be put right first.

    :ivar code: wording code. :ivar params: of its wording.
    :ivar step: where it is put right: ``map``, ``check``, ``senders`` or ``templates``.
    """

    code: str
    step: str
    params: Mapping[str, Any] = field(default_factory=dict)


def readable_reading(given: Mapping[str, Any]) -> dict[str, str]:
    """The choices of how to read a file, of known names only.

    :raises Refused: ``invalid_value``.
    """
    kept = {
        key: str(given[key])[:100] for key in ("encoding", "delimiter", "sheet", "country") if key in given
    }
    country = kept.get("country", "")
    if country and not phones.is_region(country):
        raise Refused("invalid_value", "This country is not known.", field="country", allowed="EG, IL, RU, …")
    return kept


def readable_content(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent, in the shape that a draft keeps.

    :raises Refused: ``invalid_value``.
    """
    kind = given.get("kind")
    if kind == "column":
        return {"kind": "column"}
    if kind == "text":
        return {"kind": "text", "text": _text(given.get("text"))}
    if kind == "template":
        values = given.get("values")
        listed = list(values.items())[:_MOST_VALUES] if isinstance(values, Mapping) else []
        return {
            "kind": "template",
            "template": str(given.get("template", ""))[:64],
            "named": bool(given.get("named")),
            "values": {str(name)[:60]: _text(text) for name, text in listed},
        }
    raise Refused("invalid_value", "Choose what is sent.", field="content", allowed="column, text, template")


def content_blockers(
    content: Mapping[str, Any],
    *,
    header: Sequence[str],
    columns: Mapping[str, int],
    template: TemplateForm | None,
) -> list[Blocker]:
    """What is wrong with columns and texts, before any row is read."""
    found: list[Blocker] = []
    if "phone" not in columns:
        found.append(Blocker("file_has_no_phone_column", "map"))
    keys = field_columns(header, columns)
    kind = content.get("kind")
    if kind == "column" and "message" not in columns:
        found.append(Blocker("no_message_column", "map"))
    elif kind == "text":
        text = str(content.get("text", ""))
        if not text.strip():
            found.append(Blocker("text_empty", "map"))
        found += _text_blockers(text, keys)
    elif kind == "template":
        if template is None:
            found.append(Blocker("template_missing", "map"))
        else:
            found += _template_blockers(content, template, keys)
    return found


def _template_blockers(
    content: Mapping[str, Any], template: TemplateForm, keys: Mapping[str, int]
) -> list[Blocker]:
    if template.unusable:
        return [Blocker(template.unusable, "map")]
    found: list[Blocker] = []
    values = content.get("values") or {}
    for variable in template.variables:
        text = str(values.get(variable, ""))
        if not text.strip():
            found.append(Blocker("variable_empty", "map", {"variable": variable}))
        found += _text_blockers(text, keys)
    for slot in template.slots:
        text = str(values.get(slot.key, ""))
        unclear = _text_blockers(text, keys)
        if not unclear and (not text.strip() or not fields.fields_of(fields.parse(text))):
            # Without a field it is the same for everybody: what is wrong with it is wrong with each row.
            code = components.value_fault(slot.key, text)
            limit = components.longest(slot.kind)
            unclear = [Blocker(code, "map", {"value": text[:100], "limit": limit})] if code else []
        found += unclear
    return found


def _text_blockers(text: str, keys: Mapping[str, int]) -> list[Blocker]:
    try:
        parts = fields.parse(text)
    except TextFault as fault:
        return [Blocker(fault.code, "map", dict(fault.params))]
    return [Blocker("field_unknown", "map", {"field": name}) for name in fields.unknown_fields(parts, keys)]


def _text(given: Any) -> str:
    text = given if isinstance(given, str) else ""
    # One more than allowed is kept, so that the person sees the text with its fault instead of a cut one.
    return keepable(text.replace("\r\n", "\n"), fields.LONGEST_TEXT + 1)
