"""WAHA: its signature with the documents' own example, its states, its codes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import pytest

from qafila.dispatch.rules.outcomes import of_failure
from qafila.ledger.states import State
from qafila.providers.failures import Scope
from qafila.providers.interface import Failure, OtherEvent, ProviderError
from qafila.providers.notices import LinkNotice
from qafila.providers.waha import Waha
from tests.kit.raw_server import Received
from tests.providers.conformance import ADDRESS, APP_SECRET, everything_said, outgoing
from tests.providers.conformance.fake import said
from tests.providers.conformance.sides.waha import SESSION, WahaSide, hook, waha_side

# The example of WAHA's page on webhooks.
BODY = b'{"event":"message","session":"default","engine":"WEBJS"}'
KEY = "my-secret-key"
BEGINS, ENDS = "208f8a55", "3fa89"


@pytest.fixture
async def side() -> AsyncIterator[WahaSide]:
    async with waha_side() as found:
        yield found


def test_the_documents_own_signature_is_ours(side: WahaSide) -> None:
    signature = side.signed(BODY, KEY)["X-Webhook-Hmac"]
    assert signature.startswith(BEGINS)
    assert signature.endswith(ENDS)
    assert Waha().verify(body=BODY, headers={"x-webhook-hmac": signature}, secrets=[KEY])
    assert not Waha().verify(body=BODY + b" ", headers={"x-webhook-hmac": signature}, secrets=[KEY])


async def test_463_lets_the_number_rest(side: WahaSide) -> None:
    side.refuse(Failure.RESTING)
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    assert (caught.value.failure, caught.value.code) == (Failure.RESTING, "463")


async def test_a_session_that_starts_again_costs_no_message(side: WahaSide) -> None:
    """It does so after every short break, for a minute and longer: three tries would be over before it is."""
    side.refuse(Failure.SENDER)
    side.server.state = "STARTING"
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    found = of_failure("waha", caught.value, tries=3, rng=Random(1))
    assert (found.state, found.counts, found.wait) == (State.QUEUED, False, 10.0)
    assert caught.value.scope is Scope.SENDER


async def test_an_attempt_that_showed_no_code_unlinks_nothing(side: WahaSide) -> None:
    side.server.state = "STARTING"
    await side.provider.abandon(side.credentials, code_shown=False)
    assert side.gateway.sent("/logout") == 0
    await side.provider.abandon(side.credentials, code_shown=True)
    assert side.gateway.sent("/logout") == 1


async def test_a_session_is_told_our_new_address_and_left_alone_otherwise(side: WahaSide) -> None:
    """Each change starts it anew, so only our own entry at another place counts."""
    to = replace(side.credentials, webhook_url=OURS)
    side.server.shown_config = {"webhooks": [FOREIGN, {"url": "http://127.0.0.1:5001/webhooks/7d7d"}]}
    await side.provider.report_here(to)
    assert [one["url"] for one in side.server.shown_config["webhooks"]] == [FOREIGN["url"], OURS]
    for nothing in ([FOREIGN], [{"url": OURS}], None):
        config = side.server.shown_config = {"webhooks": nothing}
        await side.provider.report_here(to)
        assert side.server.shown_config is config


async def test_a_session_is_made_with_our_webhook_and_linked(side: WahaSide) -> None:
    side.server.state = "NONE"
    url = "https://example.com/webhooks/x"
    assert (await side.provider.start(side.credentials, webhook_url=url)).state == "starting"
    (webhook,) = side.server.config["config"]["webhooks"]
    assert (webhook["url"], webhook["hmac"]) == (url, {"key": APP_SECRET})
    side.server.state = "SCAN_QR_CODE"
    shown = await side.provider.pairing_state(side.credentials)
    assert (shown.state, shown.qr) == ("qr", "2@abc")
    assert (await side.provider.use_code(side.credentials, ADDRESS)).code == "ABCD-EFGH"
    side.server.state = "WORKING"
    assert (await side.provider.pairing_state(side.credentials)).state == "connected"
    await side.provider.log_out(side.credentials)
    side.server.state = "NONE"
    assert (await side.provider.pairing_state(side.credentials)).state == "closed"


FOREIGN = {"url": "https://crm.example.com/waha", "events": ["message"], "hmac": {"key": "not ours"}}
OURS = "https://example.com/webhooks/7d7d"


async def test_a_session_that_works_already_reports_to_us_too(side: WahaSide) -> None:
    """Who runs WAHA has a session; somebody else's webhooks and settings in it stay as they are."""
    side.server.state = "WORKING"
    side.server.shown_config = {"proxy": {"server": "proxy:1"}, "webhooks": [FOREIGN]}
    await side.provider.start(side.credentials, webhook_url=OURS)
    foreign, ours = side.server.shown_config["webhooks"]
    assert foreign == FOREIGN
    assert (ours["url"], ours["hmac"]) == (OURS, {"key": APP_SECRET})
    assert "message.ack" in ours["events"]
    assert side.server.shown_config["proxy"] == {"server": "proxy:1"}
    changed = side.server.shown_config
    side.server.state = "WORKING"
    assert (await side.provider.start(side.credentials, webhook_url=OURS)).state == "connected"
    assert side.server.shown_config is changed, "what is right is not written again: that would start it anew"


async def test_our_own_entry_is_replaced_where_it_is_out_of_date(side: WahaSide) -> None:
    old = {"url": "https://old.example.com/webhooks/7d7d", "events": ["message"], "hmac": {"key": "before"}}
    side.server.state = "STOPPED"
    side.server.shown_config = {"webhooks": [{**old, "customHeaders": []}, FOREIGN]}
    assert (await side.provider.start(side.credentials, webhook_url=OURS)).state == "starting"
    foreign, ours = side.server.shown_config["webhooks"]
    assert foreign == FOREIGN
    assert (ours["url"], ours["hmac"], ours["customHeaders"]) == (OURS, {"key": APP_SECRET}, [])
    assert side.gateway.sent("/restart") == 1, "one that was stopped is started by us"


async def test_a_session_without_our_address_is_left_as_it_is(side: WahaSide) -> None:
    side.server.shown_config = {"webhooks": [FOREIGN]}
    await side.provider.start(side.credentials, webhook_url="")
    assert side.server.shown_config == {"webhooks": [FOREIGN]}


@pytest.mark.parametrize(
    "config", [None, {}, {"webhooks": None}, {"webhooks": "none"}, {"webhooks": [None, 7]}, []]
)
async def test_a_session_that_is_set_up_with_nothing_gets_ours(side: WahaSide, config: object) -> None:
    side.server.shown_config = config
    await side.provider.start(side.credentials, webhook_url=OURS)
    assert [one["url"] for one in side.server.shown_config["webhooks"]] == [OURS]


async def test_what_others_set_up_is_in_no_refusal(side: WahaSide) -> None:
    side.server.shown_config = {"webhooks": [FOREIGN]}
    real = side.gateway.reply

    def refuses(received: Received) -> bytes:
        if received.method == "PUT":
            return said(400, {"message": [f"bad hmac {FOREIGN['hmac']} {APP_SECRET}"], "statusCode": 400})
        return real(received)

    side.gateway.reply = refuses
    with pytest.raises(ProviderError) as caught:
        await side.provider.start(side.credentials, webhook_url=OURS)
    told = everything_said(caught.value, "")
    assert "not ours" not in told
    assert APP_SECRET not in told


async def test_letters_that_were_given_are_not_taken_back_by_a_qr_code(side: WahaSide) -> None:
    side.server.state = "SCAN_QR_CODE"
    assert (await side.provider.use_code(side.credentials, ADDRESS)).code == "ABCD-EFGH"
    assert (await side.provider.pairing_state(side.credentials, code_given=True)).state == "code"
    assert side.server.qr_codes == 0
    side.server.state = "STOPPED"
    assert (await side.provider.use_code(side.credentials, ADDRESS)).state == "starting", "it begins first"


@pytest.mark.parametrize(
    ("status", "code"), [("WORKING", "connected"), ("FAILED", "logged_out"), ("STOPPED", "disconnected")]
)
def test_states_of_the_session_are_understood(status: str, code: str) -> None:
    (event,) = Waha().parse(hook("session.status", {"name": SESSION, "status": status}))
    assert isinstance(event, OtherEvent)
    assert event.notices == (LinkNotice(code, SESSION, detail=status),)
