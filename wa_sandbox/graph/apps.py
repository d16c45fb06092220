"""The app: its token, and where its webhooks go."""

from typing import Any

from wa_sandbox.graph import health
from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.listing import chosen
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.subscriptions import verify
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.webhooks.samples import FIELDS
from wa_sandbox.world.records import App


def access_token(box: Sandbox, request: GraphRequest) -> dict[str, Any]:
    """`GET /oauth/access_token`: the app's token for its id and secret, or an account's for a code of a signup."""
    app, given = box.world.app, request.given
    if str(given.get("client_id", "")) != app.id or given.get("client_secret") != app.secret:
        raise Refusal(101, title="Error validating application. Cannot get application info.", plain=True)
    if given.get("code"):
        token = next((token.id for token in box.world.tokens.values() if token.state == "valid"), None)
        if token is None:
            raise Refusal(100, title="This authorization code has been used.", plain=True)
        return {"access_token": token, "token_type": "bearer"}
    if given.get("grant_type") != "client_credentials":
        raise Refusal(1, title="The grant_type must be client_credentials.", http_status=400)
    return {"access_token": app.token, "token_type": "bearer"}


def get_app(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`GET /{app_id}?fields=`."""
    values = {"id": app.id, "name": app.name, "link": _link(app), "health_status": health.of_app(box)}
    return chosen(request.fields, values, ("id", "name", "link"))


def list_subscriptions(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`GET /{app_id}/subscriptions`."""
    if app.webhook_url is None:
        return {"data": []}
    return {
        "data": [
            {
                "object": "whatsapp_business_account",
                "callback_url": app.webhook_url,
                "active": True,
                "fields": [
                    {"name": name, "version": request.version}
                    for name in (FIELDS if app.fields is None else app.fields)
                ],
            }
        ]
    }


async def subscribe(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`POST /{app_id}/subscriptions`: sets the app's callback, after the handshake, and the fields it wants (all)."""
    given = request.given
    if given.get("object") != "whatsapp_business_account":
        raise Refusal(100, title="Param object must be whatsapp_business_account.", plain=True)
    url, verify_token = given.get("callback_url"), given.get("verify_token")
    wanted = _fields(given.get("fields"))
    await verify(url, verify_token, name="callback_url")
    box.change("app", fields={"webhook_url": url, "verify_token": verify_token, **wanted})
    return {"success": True}


def _fields(given: Any) -> dict[str, list[str]]:
    """`fields` of a subscription: a list, JSON text of one, or names with commas; {} when it is not given. Raises Refusal.

    Any name is taken: Meta has more fields than the sandbox sends.
    """
    if given is None:
        return {}
    if isinstance(given, str):
        given = [name.strip("\"' ") for name in given.strip("[] ").split(",")]
    if not isinstance(given, list) or not given or not all(_is_name(name) for name in given):
        raise Refusal(100, title="Param fields must be a list of the names of webhook fields.", plain=True)
    return {"fields": list(dict.fromkeys(given))}


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name.isascii() and name.replace("_", "").isalnum()


def _link(app: App) -> str:
    return f"https://www.facebook.com/games/?app_id={app.id}"
