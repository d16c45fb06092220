"""Linking a phone over the gateway, with answers recorded from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from qafila.dispatch.rules.outcomes import Consequence, of_failure
from qafila.ledger.states import State
from qafila.providers.asking import OutcomeBook
from qafila.providers.interface import Failure, ProviderError
from qafila.providers.management import Pairing
from tests.providers.conformance import outgoing
from tests.providers.conformance.side import APP_SECRET
from tests.providers.conformance.sides.baileys import PICTURE, BaileysSide, baileys_side, refused

BEGAN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
async def side() -> AsyncIterator[BaileysSide]:
    async with baileys_side() as found:
        yield found


def is_(side: BaileysSide, state: str, reason: str = "", **more: Any) -> None:
    side.answers.view.update({"state": state, "reason": reason, **more})


async def test_the_gateway_is_told_where_to_report_and_with_which_secret(side: BaileysSide) -> None:
    assert isinstance(side.provider, Pairing)
    url = "https://wa.example.com/webhooks/x"
    assert (await side.provider.start(side.credentials, webhook_url=url)).state == "connected"
    assert side.answers.started == {"webhook": {"url": url, "secret": APP_SECRET}}
    await side.provider.start(side.credentials, webhook_url="")
    assert side.answers.started == {}, "the gateway keeps the address that it has"


async def test_a_qr_code_comes_as_text_and_as_a_picture(side: BaileysSide) -> None:
    is_(side, "qr")
    found = await side.provider.pairing_state(side.credentials)
    assert (found.state, found.qr, found.qr_png) == ("qr", "2@abc", PICTURE)
    assert found.expires_at == datetime(2026, 11, 21, 10, 1, tzinfo=UTC)


async def test_a_code_of_letters(side: BaileysSide) -> None:
    to = replace(side.credentials, webhook_url="https://wa.example.com/webhooks/x")
    found = await side.provider.use_code(to, "15550001111")
    assert (found.state, found.code) == ("code", "ABCD-EFGH")
    assert found.expires_at == datetime(2026, 11, 21, 10, 3, tzinfo=UTC)
    webhook = {"url": to.webhook_url, "secret": APP_SECRET}
    asked = {"phone": "15550001111", "webhook": webhook}
    assert side.answers.calls == [("/sessions/main/code", asked)], (
        "one connection, which knows where to report"
    )


async def test_codes_from_the_first_one_on_where_a_person_asks_for_them(side: BaileysSide) -> None:
    await side.provider.start(side.credentials, webhook_url="", fresh=True)
    assert side.answers.started == {"fresh": True}


@pytest.mark.parametrize("state", ["waiting", "connecting", "open", "stopped"])
async def test_an_attempt_that_is_given_up_unlinks_no_phone(side: BaileysSide, state: str) -> None:
    is_(side, state, linked=True)
    for shown in (True, False):
        await side.provider.abandon(side.credentials, code_shown=shown)
    assert side.gateway.sent("/logout") == 0
    is_(side, "qr", linked=False)
    await side.provider.abandon(side.credentials, code_shown=True)
    assert side.answers.calls[-1] == ("/sessions/main/logout", {"unless_linked": True})
    await side.provider.abandon(replace(side.credentials, sender_ref="nobody"), code_shown=True)


async def test_a_gateway_that_reports_elsewhere_is_told_our_address(side: BaileysSide) -> None:
    to = replace(side.credentials, webhook_url="http://127.0.0.1:6000/webhooks/x")
    for known in (to.webhook_url, "http://127.0.0.1:5001/webhooks/of-another", "", None):
        is_(side, "open", webhook=known)
        await side.provider.report_here(to)
        assert side.answers.started is None, known
    is_(side, "open", webhook="http://127.0.0.1:5001/webhooks/x")
    await side.provider.report_here(to)
    assert side.answers.started == {"webhook": {"url": to.webhook_url, "secret": APP_SECRET}}


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("closed", "", "closed"),
        ("connecting", "", "starting"),
        ("waiting", "timed_out", "starting"),
        ("code", "", "code"),
        ("open", "", "connected"),
        ("stopped", "qr_not_scanned", "failed"),
    ],
)
async def test_each_state_has_its_word(side: BaileysSide, state: str, reason: str, expected: str) -> None:
    is_(side, state, reason)
    found = await side.provider.pairing_state(side.credentials)
    assert (found.state, found.reason) == (expected, reason)


async def test_a_session_that_is_not_there_is_closed_and_has_nothing_to_unlink(side: BaileysSide) -> None:
    nobody = replace(side.credentials, sender_ref="nobody")
    assert (await side.provider.pairing_state(nobody)).state == "closed"
    side.answers.reply = lambda received: refused(404, {"code": "session_unknown"})  # type: ignore[method-assign]
    side.gateway.reply = side.answers.reply
    await side.provider.log_out(nobody)


async def test_status_says_what_holds_a_number(side: BaileysSide) -> None:
    assert (await side.provider.status(side.credentials)).can_send is True
    is_(side, "stopped", "banned", time_lock={"active": True, "until": None, "type": "BIZ_QUALITY"})
    found = await side.provider.status(side.credentials)
    assert (found.can_send, found.state, found.limit) == (False, "banned", "time_locked")
    assert "phone" not in found.raw


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        ({"state": "sent", "provider_id": "3EB0FF"}, "sent"),
        ({"state": "refused"}, "not_sent"),
        ({"state": "begun", "provider_id": "3EB0FF"}, "pending"),
        ({"state": "uncertain", "code": "gateway_restarted", "provider_id": "3EB0FF"}, "unknown"),
        ({"state": "unknown", "known_since": "2026-11-21T09:00:00Z"}, "unknown"),
    ],
)
async def test_what_became_of_a_message(side: BaileysSide, said: dict[str, Any], fate: str) -> None:
    assert isinstance(side.provider, OutcomeBook)
    side.answers.settled = said
    found = await side.provider.outcome(side.credentials, "q.k.1.1", began_at=BEGAN)
    assert (found.fate, found.error) == (fate, None)
    assert side.answers.calls[-1][1] == {"began_at": "2026-11-21T10:00:00+00:00"}
    assert found.provider_id == ("3EB0FF" if fate == "sent" else "")


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("463", Failure.RESTING),
        ("479", Failure.RECIPIENT),
        ("777", Failure.RECIPIENT),
        ("420", Failure.THROTTLED),
        ("429", Failure.THROTTLED),
        ("500", Failure.TEMPORARY),
        ("503", Failure.TEMPORARY),
    ],
)
async def test_a_refusal_that_is_heard_of_late(side: BaileysSide, code: str, failure: Failure) -> None:
    """A number that nobody lists fails its message: WhatsApp's server refused it, so it certainly did not go out."""
    side.answers.settled = {"state": "failed", "code": code, "provider_id": "3EB0FF"}
    found = await side.provider.outcome(side.credentials, "q.k.1.1", began_at=BEGAN)
    assert found.error is not None
    assert (found.fate, found.error.failure, found.error.code) == ("failed", failure, code)


async def test_a_break_at_whatsapp_costs_no_message(side: BaileysSide) -> None:
    """No word on whether a number exists: it may last for minutes, and three tries would be over before it is."""
    side.gateway.reply = lambda _: refused(503, {"code": "check_failed", "retry_after": 10})
    with pytest.raises(ProviderError) as caught:
        await side.provider.send(side.credentials, outgoing())
    found = of_failure("baileys", caught.value, tries=3, rng=Random(1))
    assert (found.state, found.counts, found.wait) == (State.QUEUED, False, 10.0)
    assert found.consequence is Consequence.SLOW_SENDER


async def test_a_rest_that_is_heard_of_late_lasts_as_long_as_the_gateway_says(side: BaileysSide) -> None:
    side.answers.settled = {"state": "failed", "code": "463", "retry_after": 7200}
    found = await side.provider.outcome(side.credentials, "q.k.1.1", began_at=BEGAN)
    assert found.error is not None
    assert (found.error.failure, found.error.retry_after) == (Failure.RESTING, 7200.0)


async def test_a_sent_one_without_an_id_settles_nothing(side: BaileysSide) -> None:
    side.answers.settled = {"state": "sent"}
    with pytest.raises(ProviderError) as caught:
        await side.provider.outcome(side.credentials, "q.k.1.1", began_at=BEGAN)
    assert caught.value.failure is Failure.UNKNOWN
