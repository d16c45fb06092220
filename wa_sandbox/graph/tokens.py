"""What a token is good for, and whose it is: `debug_token` and `me`.

Source: Meta's pages on access tokens. Here all tokens are of one system user, and none ends by itself (0).
"""

from typing import Any, Final

from wa_sandbox.graph.errors import Refusal
from wa_sandbox.graph.listing import chosen, page
from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import missing
from wa_sandbox.sandbox import Sandbox
from wa_sandbox.world.records import Token

USER_ID: Final = "122100200300400"
USER_NAME: Final = "Sandbox system user"
ISSUED_AT: Final = 1_767_225_600
SCOPES: Final = ("whatsapp_business_management", "whatsapp_business_messaging")


def trouble_with(token: Token | None) -> Refusal | None:
    """Why a token is refused; None: it is good."""
    if token is None or token.state == "revoked":
        return Refusal(190)
    if token.state == "expired":
        return Refusal(190, title="Error validating access token: Session has expired.", subcode=463)
    return None


def debug_token(box: Sandbox, request: GraphRequest, caller: Token | None) -> dict[str, Any]:
    """`GET /debug_token?input_token=`: whose a token is, whether it is good, and for which accounts. Raises Refusal."""
    name, app = request.query.get("input_token"), box.world.app
    if not name:
        raise missing("input_token")
    about: dict[str, Any] = {"app_id": app.id, "application": app.name}
    if name == app.token:
        return {"data": {**about, "type": "APP", "is_valid": True, "scopes": []}}
    token = box.world.tokens.get(name)
    trouble = trouble_with(token)
    if token is None:
        about = {}
    if trouble is not None:
        error: dict[str, Any] = {"code": trouble.code, "message": trouble.message}
        if trouble.subcode is not None:
            error["subcode"] = trouble.subcode
        return {"data": {**about, "error": error, "is_valid": False, "scopes": []}}
    about |= {"type": "SYSTEM_USER", "user_id": USER_ID, "is_valid": True}
    about |= {"issued_at": ISSUED_AT, "expires_at": 0, "data_access_expires_at": 0}
    wabas = [waba_id for waba_id in box.world.wabas if token is not None and token.may_use(waba_id)]
    granular = [{"scope": scope, "target_ids": wabas} for scope in SCOPES]
    return {"data": {**about, "scopes": [*SCOPES, "public_profile"], "granular_scopes": granular}}


def get_me(box: Sandbox, request: GraphRequest, caller: Token | None) -> dict[str, Any]:
    """`GET /me?fields=`: the system user of a token. Raises Refusal."""
    _check_user(caller)
    return chosen(request.fields, {"id": USER_ID, "name": USER_NAME}, ("id", "name"))


def list_businesses(box: Sandbox, request: GraphRequest, caller: Token | None) -> dict[str, Any]:
    """`GET /me/businesses`: the portfolios of the accounts that a token may use. Raises Refusal."""
    world, user = box.world, _check_user(caller)
    ids = dict.fromkeys(waba.portfolio_id for waba in world.wabas.values() if user.may_use(waba.id))
    rows = [{"id": one, "name": world.portfolios[one].name} for one in ids]
    return page(request, [chosen(request.fields, row, ("id", "name")) for row in rows])


def _check_user(caller: Token | None) -> Token:
    if caller is None:
        words = "An active access token must be used to query information about the current user."
        raise Refusal(2500, title=words, http_status=400, plain=True)
    return caller
