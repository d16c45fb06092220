"""Creating, editing and deleting templates."""

import re
from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.template_checks import CATEGORIES, check_components, refused
from wa_sandbox.graph.words import missing, not_one_of, whole_number, wrong
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import Template, Waba

DAY_SECONDS = 86_400.0
TTL_AT_MOST: Final = 30 * 86_400
IDS_AT_ONCE: Final = 100
_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_EDITABLE: Final = ("APPROVED", "REJECTED", "PAUSED")
_FORMATS: Final = ("NAMED", "POSITIONAL")


def create(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`POST /{waba_id}/message_templates`: `{"id", "status", "category"}`; a review follows. Raises Refusal."""
    given = request.given
    name, language = given.get("name"), given.get("language")
    if not name:
        raise missing("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise wrong("name", "must be small letters, digits and underscores, at most 512 characters")
    if not language:
        raise missing("language")
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise wrong("language", "must be a supported language")
    category = _category(given.get("category"))
    form = str(given.get("parameter_format") or "POSITIONAL").upper()
    if form not in _FORMATS:
        raise not_one_of("parameter_format", _FORMATS, form)
    _check_free(box, waba, name, language)
    components = check_components(nested(given.get("components")), category=category, named=form == "NAMED")
    if category == "AUTHENTICATION":
        components = authentication_components(components)
    now = box.clock.now()
    template = box.change(
        "put",
        kind="templates",
        record={
            "waba_id": waba.id,
            "name": name,
            "language": language,
            "category": category,
            "components": components,
            "parameter_format": form,
            "status": "PENDING",
            "quality": "UNKNOWN",
            "quality_at": now,
            "message_send_ttl_seconds": _ttl(given.get("message_send_ttl_seconds")),
            "review_at": box.review.when(name, language, now),
        },
    )
    box.review.submit(template)
    return {"id": template.id, "status": template.status, "category": template.category}


def edit(box: Sandbox, request: GraphRequest, template: Template) -> dict[str, Any]:
    """`POST /{template_id}`: new components, category or lifetime; an approved one is reviewed again."""
    given = request.given
    if template.status not in _EDITABLE:
        raise refused(
            2388003, "Template can't be edited", f"A template with status {template.status} can't be edited."
        )
    now = box.clock.now()
    lately = template.edited_at is not None and now - template.edited_at < DAY_SECONDS
    if template.status == "APPROVED" and lately:
        raise refused(2388025, "Edited too often", "An approved template can be edited once in 24 hours.")
    record: dict[str, Any] = {"id": template.id}
    if given.get("category") is not None:
        category = _category(given["category"])
        if template.status == "APPROVED" and category != template.category:
            raise refused(
                2388003, "Category can't be changed", "The category of an approved template is fixed."
            )
        record["category"] = category
    category = record.get("category", template.category)
    if given.get("components") is not None:
        named = str(given.get("parameter_format") or template.parameter_format).upper() == "NAMED"
        components = check_components(nested(given["components"]), category=category, named=named)
        if category == "AUTHENTICATION":
            components = authentication_components(components)
        record |= {"components": components, "parameter_format": "NAMED" if named else "POSITIONAL"}
    if given.get("message_send_ttl_seconds") is not None:
        record["message_send_ttl_seconds"] = _ttl(given["message_send_ttl_seconds"])
    if len(record) == 1:
        raise missing("components")
    record |= {
        "status": "PENDING",
        "rejected_reason": "NONE",
        "edited_at": now,
        "paused_until": None,
        "review_at": box.review.when(template.name, template.language, now),
    }
    edited = box.change("put", kind="templates", record=record)
    box.review.submit(edited)
    return {"success": True, "id": edited.id, "name": edited.name, "category": edited.category}


def delete(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`DELETE /{waba_id}/message_templates?name=`: all its languages; with `hsm_id` the one of that id.

    With `hsm_ids`, a list, those of the ids, whatever their names; none of them when one is not there (UNVERIFIED).
    """
    given = request.given
    name, one = given.get("name"), given.get("hsm_id")
    ids = _ids(given.get("hsm_ids"))
    if not name and not ids:
        raise missing("name")
    mine = [
        template
        for template in box.world.templates.values()
        if template.waba_id == waba.id
        and (template.id in ids if ids else template.name == name and (not one or template.id == str(one)))
    ]
    if not mine or len(mine) < len(ids):
        title, words = "Message template can't be found", "There is no template of this name and id."
        raise Refusal(
            100, title="Invalid parameter", subcode=2593002, plain=True, user_title=title, user_message=words
        )
    now = box.clock.now()
    for template in mine:
        box.change("remove", kind="templates", id=template.id, at=now)
    return {"success": True}


def _ids(given: Any) -> set[str]:
    """`hsm_ids` as a list, JSON text of one, or ids with commas. Raises Refusal."""
    if given is None or given == "":
        return set()
    listed = nested(given)
    listed = listed.split(",") if isinstance(listed, str) else listed
    if not isinstance(listed, list) or not listed or len(listed) > IDS_AT_ONCE:
        raise wrong("hsm_ids", f"must be an array of at most {IDS_AT_ONCE} ids")
    return {str(one).strip() for one in listed}


def unpause(box: Sandbox, request: GraphRequest, template: Template) -> dict[str, Any]:
    """`POST /{template_id}/unpause`: ends a pause."""
    if not box.review.unpause(template.id):
        return {"success": False, "reason": "The template is not paused."}
    return {"success": True}


def authentication_components(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fixed words of an authentication template, as Meta shows them after it was created."""
    shown: list[dict[str, Any]] = []
    for component in components:
        kind = str(component.get("type", "")).upper()
        if kind == "BODY":
            safe = component.get("add_security_recommendation")
            text = "*{{1}}* is your verification code."
            text += " For your security, do not share this code." if safe else ""
            shown.append(
                {"type": "BODY", "text": text, "example": {"body_text": [["123456"]]}} | _flag(component)
            )
        elif kind == "FOOTER":
            minutes = component.get("code_expiration_minutes")
            if not isinstance(minutes, int) or not 1 <= minutes <= 90:
                raise wrong("code_expiration_minutes", "must be between 1 and 90")
            text = f"This code expires in {minutes} minutes."
            shown.append({"type": "FOOTER", "text": text, "code_expiration_minutes": minutes})
        elif kind == "BUTTONS":
            shown.append({"type": "BUTTONS", "buttons": [_otp(button) for button in component["buttons"]]})
        else:
            raise refused(2388047, "Not allowed", f"Authentication templates have no {kind} component.")
    return shown


def _flag(component: dict[str, Any]) -> dict[str, Any]:
    if "add_security_recommendation" not in component:
        return {}
    return {"add_security_recommendation": bool(component["add_security_recommendation"])}


def _otp(button: dict[str, Any]) -> dict[str, Any]:
    kind = str(button.get("otp_type", "COPY_CODE")).upper()
    if str(button.get("type", "")).upper() != "OTP":
        raise refused(
            2388047, "Button is not valid", "Authentication templates have buttons of type OTP only."
        )
    if kind not in ("COPY_CODE", "ONE_TAP", "ZERO_TAP"):
        raise not_one_of("otp_type", ("COPY_CODE", "ONE_TAP", "ZERO_TAP"), kind)
    if kind != "COPY_CODE" and not (button.get("supported_apps") or button.get("package_name")):
        raise missing("supported_apps")
    url = f"https://www.whatsapp.com/otp/code/?otp_type={kind}&code=otp{{{{1}}}}"
    return {
        "type": "URL",
        "text": str(button.get("text") or "Copy code"),
        "url": url,
        "example": [url.replace("{{1}}", "123456")],
    }


def _category(category: Any) -> str:
    if category is None:
        raise missing("category")
    if str(category).upper() not in CATEGORIES:
        raise not_one_of("category", CATEGORIES, category)
    return str(category).upper()


def _check_free(box: Sandbox, waba: Waba, name: str, language: str) -> None:
    if box.world.template(waba.id, name, language) is not None:
        title = "Content in This Language Already Exists"
        raise refused(2388024, title, f"There is already content in {language} for the template {name}.")
    settings = box.settings.review
    deleted = box.world.deleted_templates.get((waba.id, name, language))
    if deleted is not None and box.clock.now() - deleted < settings.name_reuse_days * DAY_SECONDS:
        title = "Message Template Language is Being Deleted"
        raise refused(2388023, title, f"{language} content of {name} was deleted: use another name, or wait.")
    count = sum(template.waba_id == waba.id for template in box.world.templates.values())
    if count >= settings.limit:
        raise refused(2388019, "Template limit", f"The account has {count} templates, the most there can be.")


def _ttl(seconds: Any) -> int | None:
    if seconds is None:
        return None
    lifetime = whole_number(seconds, low=-1, high=TTL_AT_MOST)
    if lifetime is None:
        raise wrong("message_send_ttl_seconds", f"must be a number of seconds, {TTL_AT_MOST} at most")
    return lifetime
