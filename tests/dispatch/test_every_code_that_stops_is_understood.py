"""Every code with which a provider stops a number or an account has its row: what is the matter, and whether it is a loss.

Without one a refused token reads as a blocked account, and a ban as a phone to be linked again.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import qafila.providers
from qafila.dispatch.rules.block_detection import CANNOT_SEND, Kind, Observed, judge
from qafila.dispatch.rules.losses import is_loss
from qafila.dispatch.rules.traces import Trace
from qafila.providers.baileys import codes as baileys
from qafila.providers.cloud_api import codes as cloud_api
from qafila.providers.failures import Failure

FOLDER = Path(qafila.providers.__file__).parent
NOW = 1_790_000_400.0
UNSAID = {"fault.code", "rule.code"}
"""Where the code is no literal: addresses that we do not call (below), and what a person writes into a gateway's description."""

TOKENS = {
    "account": {
        *("0", "3", "10", "104", "190", *(str(code) for code in range(200, 300))),
        *("unauthorized", "token_refused", "secret_key_wrong"),
    },
    "sender": set(),
}
BANS = {"account": set(), "sender": {"33", "banned", "temporarily_banned"}}
LOST = {"368", "131031", "banned", "temporarily_banned"}
BLOCKED = {
    *("368", "131005", "131031", "131042", "131044"),
    # The set-up, not the provider: no kind of its own.
    *("bad_request", "gateway_draft", "gateway_setup_bad"),
    *("url_unreadable", "url_scheme", "url_userinfo", "port_forbidden", "address_forbidden"),
}
LOGGED_OUT = {
    *("100", "803", "131037", "131045", "133000", "133005", "133006", "133008", "133009", "133010"),
    *("133015", "133016"),
    *("bad_reference", "session_not_working", "instance_missing", "disconnected"),
    *("session_unknown", "session_damaged", "session_closed", "not_linked", "qr_not_scanned", "logged_out"),
    *("replaced", "bad_session", "restart_loop", "client_outdated", "multidevice_mismatch", "already_linked"),
    "session_name_malformed",
}


def kind_of(failure: str, code: str) -> Kind | None:
    """The table's row; None: there is none."""
    for kind, codes in (
        (Kind.TOKEN_INVALID, TOKENS[failure]),
        (Kind.BANNED, BANS[failure]),
        (Kind.ACCOUNT_BLOCKED, BLOCKED if failure == "account" else set()),
        (Kind.LOGGED_OUT, LOGGED_OUT if failure == "sender" else set()),
    ):
        if code in codes:
            return kind
    return None


def stopping() -> Iterator[tuple[str, str, str]]:
    """(where, failure, code) of every one: from the tables of codes, the presets, and the calls in the source."""
    wanted = (Failure.SENDER, Failure.ACCOUNT)
    for number, one in cloud_api.CODES.items():
        yield "cloud_api", one.failure, str(number)
    for (number, _), one in cloud_api.SUBCODES.items():
        yield "cloud_api", one.failure, str(number)
    for code, failure in baileys.MEANINGS.items():
        yield "baileys", failure, code
    for path in (FOLDER / "http_gateway" / "presets").glob("*.json"):
        for rule in _rules(json.loads(path.read_text())):
            yield path.name, rule["class"], rule["code"]
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                not isinstance(node, ast.Call)
                or ast.unparse(node.func) != "ProviderError"
                or not node.args[1:]
            ):
                continue
            named, code = ast.unparse(node.args[0]), node.args[1]
            if named in [f"Failure.{one.name}" for one in wanted]:
                given = code.value if isinstance(code, ast.Constant) else ast.unparse(code)
                if given not in UNSAID:
                    yield path.name, Failure[named.removeprefix("Failure.")], str(given)


def _rules(found: object) -> Iterator[dict[str, str]]:
    if isinstance(found, dict):
        if "class" in found and "code" in found:
            yield found
        found = list(found.values())
    if isinstance(found, list):
        for one in found:
            yield from _rules(one)


ALL = sorted({(str(failure), code) for _, failure, code in stopping() if failure in ("sender", "account")})


def test_the_search_finds_those_of_every_gateway() -> None:
    for one in ("token_refused", "secret_key_wrong", "temporarily_banned", "190", "disconnected"):
        assert one in {code for _, code in ALL}


@pytest.mark.parametrize(("failure", "code"), ALL)
def test_it_says_what_is_the_matter_and_whether_the_number_is_lost(failure: str, code: str) -> None:
    expected = kind_of(failure, code)
    assert expected is not None, f"{failure} {code}: say in this table what it is"
    found = Trace()
    found.call(NOW, failure, code)
    said = judge(Observed(found.slots, found.streak), now=NOW + 1)
    assert (said.kind, said.code) == (expected, code)
    assert said.kind in CANNOT_SEND
    assert is_loss(code) is (code in LOST)
