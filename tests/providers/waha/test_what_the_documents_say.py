"""WAHA: its signature with the documents' own example, its states, its codes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qafila.providers.interface import Failure, OtherEvent, ProviderError
from qafila.providers.notices import LinkNotice
from qafila.providers.waha import Waha
from tests.providers.conformance import ADDRESS, APP_SECRET, outgoing
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


@pytest.mark.parametrize(
    ("status", "code"), [("WORKING", "connected"), ("FAILED", "logged_out"), ("STOPPED", "disconnected")]
)
def test_states_of_the_session_are_understood(status: str, code: str) -> None:
    (event,) = Waha().parse(hook("session.status", {"name": SESSION, "status": status}))
    assert isinstance(event, OtherEvent)
    assert event.notices == (LinkNotice(code, SESSION, detail=status),)
