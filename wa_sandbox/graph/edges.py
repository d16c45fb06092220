"""What can be asked of which node: tables of (method, edge) → handler."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from wa_sandbox.graph import (
    apps,
    block_list,
    commerce,
    media,
    nodes,
    profile,
    qr_codes,
    registration,
    subscriptions,
    template_writing,
    templates,
    tokens,
    usernames,
)
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.media.sessions import Session
from wa_sandbox.media.store import Media
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import App, PhoneNumber, Portfolio, Template, Token, Waba

Node = PhoneNumber | Waba | Template | Media | App | Portfolio | Session
Handler = Callable[[Sandbox, GraphRequest, Any], dict[str, Any] | Awaitable[dict[str, Any]]]
Edges = dict[tuple[str, str], Handler]

_PHONE: Edges = {
    ("GET", ""): nodes.get_phone_number,
    ("POST", ""): registration.post_phone_number,
    ("POST", "register"): registration.register,
    ("POST", "deregister"): registration.deregister,
    ("POST", "request_code"): registration.request_code,
    ("POST", "verify_code"): registration.verify_code,
    ("GET", "whatsapp_business_profile"): profile.get_profile,
    ("POST", "whatsapp_business_profile"): profile.post_profile,
    ("POST", "conversational_automation"): profile.post_automation,
    ("GET", "conversational_automation"): profile.get_automation,
    ("GET", "whatsapp_commerce_settings"): commerce.get_settings,
    ("POST", "whatsapp_commerce_settings"): commerce.post_settings,
    ("GET", "block_users"): block_list.list_blocked,
    ("POST", "block_users"): block_list.block,
    ("DELETE", "block_users"): block_list.unblock,
    ("POST", "media"): media.upload,
    ("GET", "username"): usernames.get_username,
    ("POST", "username"): usernames.post_username,
    ("DELETE", "username"): usernames.delete_username,
    ("GET", "username_suggestions"): usernames.list_reserved,
    ("GET", qr_codes.EDGE): qr_codes.list_codes,
    ("POST", qr_codes.EDGE): qr_codes.post_code,
    ("GET", f"{qr_codes.EDGE}/{{code}}"): qr_codes.get_code,
    ("POST", f"{qr_codes.EDGE}/{{code}}"): qr_codes.change_code,
    ("DELETE", f"{qr_codes.EDGE}/{{code}}"): qr_codes.delete_code,
}
_WABA: Edges = {
    ("GET", ""): nodes.get_waba,
    ("GET", "phone_numbers"): nodes.list_phone_numbers,
    ("POST", "phone_numbers"): registration.add_phone_number,
    ("GET", "message_templates"): templates.list_templates,
    ("POST", "message_templates"): template_writing.create,
    ("DELETE", "message_templates"): template_writing.delete,
    ("GET", "subscribed_apps"): subscriptions.list_apps,
    ("POST", "subscribed_apps"): subscriptions.subscribe,
    ("DELETE", "subscribed_apps"): subscriptions.unsubscribe,
}
_TEMPLATE: Edges = {
    ("GET", ""): templates.get_template,
    ("POST", ""): template_writing.edit,
    ("POST", "unpause"): template_writing.unpause,
}
_MEDIA: Edges = {("GET", ""): media.get_media, ("DELETE", ""): media.delete_media}
_APP: Edges = {
    ("GET", ""): apps.get_app,
    ("GET", "subscriptions"): apps.list_subscriptions,
    ("POST", "subscriptions"): apps.subscribe,
    ("POST", "uploads"): media.begin_upload,
}
_PORTFOLIO: Edges = {
    ("GET", ""): nodes.get_portfolio,
    ("GET", "owned_whatsapp_business_accounts"): nodes.list_wabas,
    ("GET", "client_whatsapp_business_accounts"): nodes.list_client_wabas,
}
_SESSION: Edges = {("GET", ""): media.get_upload, ("POST", ""): media.continue_upload}

HANDLERS: Final[dict[type[Any], Edges]] = {
    PhoneNumber: _PHONE,
    Waba: _WABA,
    Template: _TEMPLATE,
    Media: _MEDIA,
    App: _APP,
    Portfolio: _PORTFOLIO,
    Session: _SESSION,
}


def handler_of(node: Node, method: str, edge: str) -> Handler | None:
    """What answers `method` at an edge of a node; `message_qrdls/ABC` is the edge `message_qrdls/{code}`."""
    edges = HANDLERS[type(node)]
    found = edges.get((method, edge))
    if found is None and "/" in edge:
        found = edges.get((method, f"{edge.partition('/')[0]}/{{code}}"))
    return found


# Asked without an access token.
OPEN: Final[dict[tuple[str, str, str], Callable[[Sandbox, GraphRequest], dict[str, Any]]]] = {
    ("GET", "oauth", "access_token"): apps.access_token,
    ("POST", "oauth", "access_token"): apps.access_token,
}

# Asked about the token, or about whom it belongs to. None: the app's own token.
OF_THE_TOKEN: Final[
    dict[tuple[str, str, str], Callable[[Sandbox, GraphRequest, Token | None], dict[str, Any]]]
] = {
    ("GET", "debug_token", ""): tokens.debug_token,
    ("GET", "me", ""): tokens.get_me,
    ("GET", "me", "businesses"): tokens.list_businesses,
}
THE_APP: Final = "app"
"""In place of the app's id: the app that a token is of."""
UNVERSIONED: Final = frozenset((THE_APP, media.DOWNLOAD[0], *(node for _, node, _ in (*OPEN, *OF_THE_TOKEN))))
"""First parts of paths that are Graph's without a version, beside ids: files have no version at all."""


def node_of(box: Sandbox, name: str) -> tuple[Node | None, list[str]]:
    """The node of an id, other than a phone number, and the accounts it belongs to (none: any token may use it)."""
    world = box.world
    waba = world.wabas.get(name)
    if waba is not None:
        return waba, [waba.id]
    template = world.templates.get(name)
    if template is not None:
        return template, [template.waba_id]
    file = box.media.get(name, box.clock.now())
    if file is not None:
        number = world.phone_numbers.get(file.number_id)
        return file, [number.waba_id] if number is not None else []
    portfolio = world.portfolios.get(name)
    if portfolio is not None:
        return portfolio, [waba.id for waba in world.wabas.values() if waba.portfolio_id == name]
    if name in (world.app.id, THE_APP):
        return world.app, []
    return box.uploads.get(name), []
