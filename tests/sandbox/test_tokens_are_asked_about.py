"""`debug_token`, `me` and the app that a token is of: with and without a version in the path."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.running import TOKEN, WABA, Running, Start

APP_TOKEN = "500100200300400|sandbox-app-secret"


def about(box: Running, name: str, asker: str = APP_TOKEN, version: str = "/v25.0") -> Any:
    path = f"{version}/debug_token?input_token={quote(name)}&access_token={quote(asker)}"
    return box.call("GET", path, token=None).body


@pytest.mark.parametrize("asker", [TOKEN, APP_TOKEN])
@pytest.mark.parametrize("version", ["", "/v19.0"])
def test_a_good_token_names_its_accounts(shared: Running, asker: str, version: str) -> None:
    data = about(shared, TOKEN, asker, version)["data"]
    assert (data["is_valid"], data["app_id"], data["expires_at"]) == (True, "500100200300400", 0)
    assert {"whatsapp_business_management", "whatsapp_business_messaging"} <= set(data["scopes"])
    assert [one["target_ids"] for one in data["granular_scopes"]] == [[WABA]] * 2


def test_a_token_names_no_account_it_may_not_use(shared: Running) -> None:
    shared.admin("PUT", "/tokens/NARROW", {"wabas": ["1"]})
    assert [one["target_ids"] for one in about(shared, "NARROW")["data"]["granular_scopes"]] == [[], []]


@pytest.mark.parametrize(("state", "subcode"), [("expired", 463), ("revoked", None)])
def test_a_bad_token_says_why(shared: Running, state: str, subcode: int | None) -> None:
    shared.admin("PUT", "/tokens/BAD", {"state": state})
    data = about(shared, "BAD")["data"]
    assert (data["is_valid"], data["scopes"], data["app_id"]) == (False, [], "500100200300400")
    assert (data["error"]["code"], data["error"].get("subcode")) == (190, subcode)


def test_of_an_unknown_token_nothing_is_said(shared: Running) -> None:
    data = about(shared, "nonsense")["data"]
    assert (data["is_valid"], data["error"]["code"], "app_id" in data) == (False, 190, False)


def test_the_apps_own_token(shared: Running) -> None:
    assert about(shared, APP_TOKEN)["data"]["type"] == "APP"


def test_who_may_ask(shared: Running) -> None:
    assert about(shared, TOKEN, "nonsense")["error"]["code"] == 190
    assert shared.call("GET", f"/debug_token?input_token={TOKEN}", token=None).code == 104
    assert shared.call("GET", "/v25.0/debug_token").code == 100


def test_whose_a_token_is(start: Start) -> None:
    portfolios = [{"id": "1", "name": "Mine"}, {"id": "2"}]
    wabas = [{"id": "3", "portfolio_id": "1"}, {"id": "4", "portfolio_id": "2"}]
    number = {"id": "5", "waba_id": "3", "display_phone_number": "+1 555-078-3881"}
    tokens = [{"id": TOKEN, "wabas": ["3"]}]
    box = start(
        config={"portfolios": portfolios, "wabas": wabas, "phone_numbers": [number], "tokens": tokens}
        | {"templates": []}
    )
    me = box.call("GET", "/v25.0/me").body
    assert set(me) == {"id", "name"}
    assert about(box, TOKEN)["data"]["user_id"] == me["id"]
    assert box.call("GET", "/me?fields=id").body == {"id": me["id"]}
    assert box.call("GET", "/v25.0/me/businesses").body["data"] == [{"id": "1", "name": "Mine"}]
    assert box.call("GET", "/v25.0/me", token=APP_TOKEN).code == 2500


def test_the_app_by_its_word(shared: Running) -> None:
    for token in (TOKEN, APP_TOKEN):
        assert shared.call("GET", "/v25.0/app", token=token).body["id"] == "500100200300400"
    upload = shared.call(
        "POST", "/v25.0/app/uploads?file_name=a&file_length=3&file_type=image/png", token=TOKEN
    )
    assert upload.body["id"].startswith("upload:")
    request = shared.client.post(f"{shared.url}/{upload.body['id']}")
    headers = {"authorization": f"OAuth {TOKEN}", "file_offset": "0"}
    assert '"h":"4::' in request.headers(headers).body_bytes(b"abc").build().send().text()
