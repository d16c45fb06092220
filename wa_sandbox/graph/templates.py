"""Reading templates."""

from typing import Any

from wa_sandbox.graph import health
from wa_sandbox.graph.listing import chosen, page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import Template, Waba

DEFAULT = ("name", "parameter_format", "components", "language", "status", "category", "id")
FILTERS = ("name", "status", "category", "language", "quality_score", "content", "name_or_content")


def list_templates(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}/message_templates` with filters, paging and `summary`."""
    rows = [template for template in box.world.templates.values() if template.waba_id == waba.id]
    total = len(rows)
    for name in FILTERS:
        wanted = request.query.get(name)
        if wanted:
            rows = [row for row in rows if _matches(name, row, wanted)]
    answer = page(request, [chosen(request.fields, _values(box, row), DEFAULT) for row in rows])
    if request.query.get("summary"):
        answer["summary"] = {
            "total_count": len(rows),
            "message_template_count": total,
            "message_template_limit": box.settings.review.limit,
            "are_translations_complete": False,
        }
    return answer


def rows_of(box: Sandbox, waba: Waba, fields: dict[str, str]) -> list[dict[str, Any]]:
    """The templates of an account, each with the fields asked for."""
    mine = [template for template in box.world.templates.values() if template.waba_id == waba.id]
    return [chosen(fields, _values(box, template), DEFAULT) for template in mine]


def get_template(box: Sandbox, request: GraphRequest, template: Template) -> dict[str, Any]:
    """`GET /{template_id}?fields=`."""
    return chosen(request.fields, _values(box, template), DEFAULT)


def _matches(field: str, template: Template, wanted: str) -> bool:
    # Graph finds templates whose name contains the words; several values of the others come as an array.
    wanted = wanted.lower()
    content = " ".join(str(part.get("text", "")) for part in template.components).lower()
    if field == "name":
        return wanted in template.name
    if field == "content":
        return wanted in content
    if field == "name_or_content":
        return wanted in template.name or wanted in content
    value = str(template.quality if field == "quality_score" else getattr(template, field)).lower()
    return value in [part.strip("\"' ") for part in wanted.strip("[]").split(",")]


def _values(box: Sandbox, template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "previous_category": template.previous_category,
        "message_send_ttl_seconds": template.message_send_ttl_seconds,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality, "date": int(template.quality_at)},
        "rejected_reason": template.rejected_reason,
        "health_status": health.of_template(box, template),
    }
