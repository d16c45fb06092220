"""The commerce settings of a number: whether people can order, and whether they see the shop's sign.

Source: Meta's page on commerce settings (2026-06): the cart is on and the sign hidden at first.
"""

from typing import Any, Final

from wa_sandbox.graph.listing import chosen
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import missing, wrong
from wa_sandbox.people.replies import catalog_of
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import PhoneNumber

FLAGS: Final = ("is_cart_enabled", "is_catalog_visible")


def get_settings(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`GET /{phone_number_id}/whatsapp_commerce_settings`: the two flags, and the id of the catalog."""
    values = {"id": catalog_of(number.waba_id), **{name: getattr(number, name) for name in FLAGS}}
    return {"data": [chosen(request.fields, values, FLAGS)]}


def post_settings(box: Sandbox, request: GraphRequest, number: PhoneNumber) -> dict[str, Any]:
    """`POST /{phone_number_id}/whatsapp_commerce_settings?is_cart_enabled=&is_catalog_visible=`. Raises Refusal."""
    given = request.given
    changed = {name: _flag(name, given[name]) for name in FLAGS if given.get(name) is not None}
    if not changed:
        raise missing(" or ".join(FLAGS))
    box.change("put", kind="phone_numbers", record={"id": number.id, **changed})
    return {"success": True}


def _flag(name: str, value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false"):
        raise wrong(name, "must be a boolean")
    return text == "true"
