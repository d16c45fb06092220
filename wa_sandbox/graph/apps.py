"""The app: its token, and where its webhooks go."""

from typing import Any

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
    return {"access_token": f"{app.id}|{app.secret}", "token_type": "bearer"}


def get_app(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`GET /{app_id}`."""
    return chosen(
        request.fields, {"id": app.id, "name": app.name, "link": _link(app)}, ("id", "name", "link")
    )


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
                "fields": [{"name": name, "version": request.version} for name in FIELDS],
            }
        ]
    }


async def subscribe(box: Sandbox, request: GraphRequest, app: App) -> dict[str, Any]:
    """`POST /{app_id}/subscriptions`: sets the app's callback, after the handshake."""
    given = request.given
    if given.get("object") != "whatsapp_business_account":
        raise Refusal(100, title="Param object must be whatsapp_business_account.", plain=True)
    url, verify_token = given.get("callback_url"), given.get("verify_token")
    await verify(url, verify_token, name="callback_url")
    box.change("app", fields={"webhook_url": url, "verify_token": verify_token})
    return {"success": True}


def _link(app: App) -> str:
    return f"https://www.facebook.com/games/?app_id={app.id}"
