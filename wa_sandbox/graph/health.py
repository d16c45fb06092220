"""`health_status`: whether each of number, account, business and app lets messages through; the whole is the worst."""

from typing import Any, Final

from wa_sandbox.graph import standing
from wa_sandbox.graph.standing import Trouble
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber, Portfolio, Template, Waba

_ORDER: Final = ("AVAILABLE", "LIMITED", "BLOCKED")


def of_phone_number(box: Sandbox, number: PhoneNumber) -> dict[str, Any]:
    """The health of a number."""
    entity: dict[str, Any] = {"entity_type": "PHONE_NUMBER", "id": number.id}
    now = box.clock.now()
    trouble = standing.of_number(box, number, now)
    if trouble is not None:
        entity |= _blocked(trouble)
    elif box.quality_of(number, now) == "RED":
        entity |= {
            "can_send_message": "LIMITED",
            "additional_info": ["The quality of this number is low: people block or report its messages."],
        }
    else:
        entity["can_send_message"] = "AVAILABLE"
    return _whole([entity, *_above(box, box.world.wabas[number.waba_id])])


def of_waba(box: Sandbox, waba: Waba) -> dict[str, Any]:
    """The health of an account."""
    return _whole(_above(box, waba))


def of_template(box: Sandbox, template: Template) -> dict[str, Any]:
    """The health of a template."""
    entity: dict[str, Any] = {"entity_type": "MESSAGE_TEMPLATE", "id": template.id}
    if template.status == "APPROVED":
        entity["can_send_message"] = "AVAILABLE"
    else:
        code = {"PAUSED": 132015, "DISABLED": 132016}.get(template.status, 132001)
        words = f"The template is {template.status.lower()}."
        entity |= _blocked(Trouble(code, words, "Use a template that is approved."))
    return _whole([entity, *_above(box, box.world.wabas[template.waba_id])])


def of_portfolio(box: Sandbox, portfolio: Portfolio) -> dict[str, Any]:
    """The health of a business."""
    return _whole(_business(box, portfolio.id))


def of_app(box: Sandbox) -> dict[str, Any]:
    """The health of the app."""
    return _whole([_app(box)])


def _above(box: Sandbox, waba: Waba) -> list[dict[str, Any]]:
    entity: dict[str, Any] = {"entity_type": "WABA", "id": waba.id}
    now = box.clock.now()
    asked = (standing.of_message(waba, in_window=answers, now=now) for answers in (False, True))
    forbidden = [trouble for trouble in asked if trouble is not None]
    trouble = standing.of_account(waba) or (forbidden[0] if len(forbidden) == 2 else None)
    if trouble is not None:
        entity |= _blocked(trouble)
    elif forbidden:
        entity |= {"can_send_message": "LIMITED", "additional_info": [forbidden[0].words]}
    else:
        entity["can_send_message"] = "AVAILABLE"
    return [entity, *_business(box, waba.portfolio_id)]


def _business(box: Sandbox, portfolio_id: str) -> list[dict[str, Any]]:
    return [
        {"entity_type": "BUSINESS", "id": portfolio_id, "can_send_message": "AVAILABLE"},
        _app(box),
    ]


def _app(box: Sandbox) -> dict[str, Any]:
    return {"entity_type": "APP", "id": box.world.app.id, "can_send_message": "AVAILABLE"}


def _blocked(trouble: Trouble) -> dict[str, Any]:
    error = {
        "error_code": trouble.in_health or trouble.code,
        "error_description": trouble.words,
        "possible_solution": trouble.solution,
    }
    return {"can_send_message": "BLOCKED", "errors": [error]}


def _whole(entities: list[dict[str, Any]]) -> dict[str, Any]:
    worst = max((entity["can_send_message"] for entity in entities), key=_ORDER.index)
    return {"can_send_message": worst, "entities": entities}
