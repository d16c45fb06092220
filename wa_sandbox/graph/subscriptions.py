"""Where webhooks go, set through Graph: for an account and for one number, with the handshake Meta does."""

from typing import Any

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.webhooks.handshake import trouble_with
from wa_sandbox.world.records import PhoneNumber, Waba


async def subscribe(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`POST /{waba_id}/subscribed_apps`, with or without `override_callback_uri` and `verify_token`."""
    given = request.given
    url = given.get("override_callback_uri")
    if url:
        await verify(url, given.get("verify_token"))
    record = {"id": waba.id, "subscribed": True, "override_callback_uri": url or None}
    box.change("put", kind="wabas", record=record)
    return {"success": True}


def unsubscribe(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`DELETE /{waba_id}/subscribed_apps`: no webhooks of this account from now on."""
    box.change(
        "put", kind="wabas", record={"id": waba.id, "subscribed": False, "override_callback_uri": None}
    )
    return {"success": True}


def list_apps(box: Sandbox, request: GraphRequest, waba: Waba) -> dict[str, Any]:
    """`GET /{waba_id}/subscribed_apps`."""
    if not waba.subscribed:
        return {"data": []}
    app = box.world.app
    row: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "id": app.id,
            "name": app.name,
            "link": f"https://www.facebook.com/games/?app_id={app.id}",
        }
    }
    if waba.override_callback_uri:
        row["override_callback_uri"] = waba.override_callback_uri
    return {"data": [row]}


async def configure(box: Sandbox, number: PhoneNumber, configuration: Any) -> dict[str, Any]:
    """`webhook_configuration` of a number: a callback for this number alone; "" takes it away."""
    if not isinstance(configuration, dict):
        raise Refusal(100, title="The parameter webhook_configuration is required.", plain=True)
    url = configuration.get("override_callback_uri")
    if url:
        await verify(url, configuration.get("verify_token"))
    box.change("put", kind="phone_numbers", record={"id": number.id, "override_callback_uri": url or None})
    return {"success": True}


async def verify(url: Any, verify_token: Any, name: str = "override_callback_uri") -> None:
    """The handshake with a new callback. Raises Refusal when it does not echo the challenge."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise Refusal(100, title=f"Param {name} must be a valid URI.", plain=True)
    if not isinstance(verify_token, str) or not verify_token:
        raise Refusal(100, title="The parameter verify_token is required.", plain=True)
    trouble = await trouble_with(url, verify_token)
    if trouble is not None:
        raise Refusal(
            2200, title=f"Callback verification failed with the following errors: {trouble}", http_status=400
        )
