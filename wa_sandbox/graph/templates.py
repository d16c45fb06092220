"""Reading templates."""

from typing import Any

from wa_sandbox.graph import health
from wa_sandbox.graph.listing import chosen, page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import Template, Waba

DEFAULT = ("name", "parameter_format", "components", "language", "status", "category", "id")
MOST_TEMPLATES = 6000
FILTERS = ("name", "status", "category", "language")


def list_templates(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}/message_templates` with filters, paging and `summary`."""
    rows = [template for template in box.world.templates.values() if template.waba_id == waba.id]
    total = len(rows)
    for name in FILTERS:
        wanted = request.query.get(name)
        if wanted:
            rows = [row for row in rows if _matches(name, str(getattr(row, name)), wanted)]
    answer = page(request, [chosen(request.fields, _values(box, row), DEFAULT) for row in rows])
    if request.query.get("summary"):
        answer["summary"] = {
            "total_count": len(rows),
            "message_template_count": total,
            "message_template_limit": MOST_TEMPLATES,
            "are_translations_complete": False,
        }
    return answer


def get_template(box: Sandbox, request: GraphRequest, template: Template) -> dict[str, Any]:
    """`GET /{template_id}?fields=`."""
    return chosen(request.fields, _values(box, template), DEFAULT)


def _matches(field: str, value: str, wanted: str) -> bool:
    # Graph finds templates whose name contains the words; the other filters are exact.
    return wanted.lower() in value.lower() if field == "name" else wanted.lower() == value.lower()


def _values(box: Sandbox, template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "previous_category": None,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality, "date": 1_767_225_600},
        "rejected_reason": "NONE",
        "health_status": health.of_template(box, template),
    }
