"""The business profile of a number, and its welcome message, ice breakers and commands."""

from typing import Any, Final

from wa_sandbox.graph.forms import nested
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import invalid, not_one_of, text_in, wrong
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

VERTICALS: Final = (
    "UNDEFINED",
    "OTHER",
    "AUTO",
    "BEAUTY",
    "APPAREL",
    "EDU",
    "ENTERTAIN",
    "EVENT_PLAN",
    "FINANCE",
    "GROCERY",
    "GOVT",
    "HOTEL",
    "HEALTH",
    "NONPROFIT",
    "PROF_SERVICES",
    "RETAIL",
    "TRAVEL",
    "RESTAURANT",
    "ALCOHOL",
    "ONLINE_GAMBLING",
    "PHYSICAL_GAMBLING",
    "OTC_DRUGS",
    "MATRIMONY_SERVICE",
    "NOT_A_BIZ",
)
_LENGTHS: Final = {"about": 139, "address": 256, "description": 512, "email": 128}


def get_profile(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/whatsapp_business_profile?fields=`: every field that is asked for."""
    values: dict[str, Any] = {
        "about": "A business in a sandbox",
        "address": "1 Sandbox Street",
        "description": number.verified_name,
        "email": "shop@example.com",
        "profile_picture_url": "",
        "websites": ["https://example.com/"],
        "vertical": "RETAIL",
        **number.profile,
        "messaging_product": "whatsapp",
    }
    asked = [name for name in request.fields if name in values] or ["messaging_product"]
    return {"data": [{name: values[name] for name in dict.fromkeys([*asked, "messaging_product"])}]}


def post_profile(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/whatsapp_business_profile`: changes the given fields. Raises Refusal."""
    given = request.given
    if str(given.get("messaging_product", "")).lower() != "whatsapp":
        raise not_one_of("messaging_product", ("WHATSAPP",), given.get("messaging_product"))
    changed = dict(number.profile)
    for name, at_most in _LENGTHS.items():
        if name in given:
            changed[name] = text_in(given, name, name, at_most=at_most, required=name == "about") or ""
    if "websites" in given:
        websites = nested(given["websites"])
        fits = isinstance(websites, list) and len(websites) <= 2
        if not fits or not all(isinstance(site, str) and 0 < len(site) <= 256 for site in websites):
            raise wrong("websites", "must be an array of at most 2 addresses of at most 256 characters")
        changed["websites"] = websites
    if "vertical" in given:
        vertical = str(given["vertical"]).upper()
        if vertical not in VERTICALS:
            raise not_one_of("vertical", VERTICALS, given["vertical"])
        changed["vertical"] = vertical
    if given.get("profile_picture_handle"):
        if str(given["profile_picture_handle"]) not in box.uploads.handles:
            raise invalid("profile_picture_handle is not the handle of an upload.")
        changed["profile_picture_url"] = "https://pps.whatsapp.net/v/sandbox"
    box.change("put", kind="phone_numbers", record={"id": number.id, "profile": changed})
    return {"success": True}


def get_automation(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/conversational_automation`."""
    return {**number.automation, "id": number.id}


def post_automation(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/conversational_automation`: welcome message, ice breakers (prompts), commands."""
    given = {name: nested(value) for name, value in request.given.items()}
    changed = dict(number.automation)
    if "enable_welcome_message" in given:
        changed["enable_welcome_message"] = str(given["enable_welcome_message"]).lower() == "true"
    if "prompts" in given:
        prompts = given["prompts"]
        fits = isinstance(prompts, list) and len(prompts) <= 4
        if not fits or not all(isinstance(prompt, str) and 0 < len(prompt) <= 80 for prompt in prompts):
            raise wrong("prompts", "must be an array of at most 4 texts of at most 80 characters")
        changed["prompts"] = prompts
    if "commands" in given:
        changed["commands"] = _commands(given["commands"])
    box.change("put", kind="phone_numbers", record={"id": number.id, "automation": changed})
    return {"success": True}


def _commands(commands: Any) -> list[dict[str, str]]:
    if not isinstance(commands, list) or len(commands) > 30:
        raise wrong("commands", "must be an array of at most 30 commands")
    shown = []
    for command in commands:
        if not isinstance(command, dict):
            raise wrong("commands", "must be an array of JSON objects")
        name = text_in(command, "command_name", "commands['command_name']", at_most=32)
        words = text_in(command, "command_description", "commands['command_description']", at_most=256)
        shown.append({"command_name": str(name), "command_description": str(words)})
    return shown
