"""Phone-linked gateways leave out what Meta says: when, and over which number. What is missing is completed, never guessed."""

from __future__ import annotations

from datetime import UTC, datetime

from qafila.ledger import attempt_ids
from qafila.providers import own_ids
from qafila.receiving.reading import read
from qafila.receiving.values import Account, Number, Raw
from tests.providers.conformance.sides import wppconnect
from tests.providers.conformance.sides.http_gateway import GATEWAY

CAME = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
KEY = "0123456789"


def _raw(body: bytes) -> Raw:
    return Raw(received_at=CAME, id=1, provider_account_id=7, business_id=1, body=body)


def _account(kind: str, *refs: str, config: object = None) -> Account:
    numbers = {ref: Number(place, f"public-{place}", f"Number {place}") for place, ref in enumerate(refs)}
    return Account(7, "account", 1, kind, numbers, config or {})  # type: ignore[arg-type]


def test_a_receipt_without_a_time_counts_from_when_it_came() -> None:
    attempt = attempt_ids.make(KEY, 47, 1)
    found = read(
        [_raw(wppconnect.ack(attempt, 2))],
        {7: _account("wppconnect", "shop1")},
        installation=KEY,
        now=NOW,
    )
    (receipt,) = found.receipts
    assert receipt.row.at == CAME
    assert receipt.row.provider_id == own_ids.message_id(attempt)
    assert (receipt.row.message_id, receipt.row.number) == (47, 1), (
        "it settles a message whose answer was lost"
    )


def test_a_webhook_that_names_no_number_is_the_accounts_only_one() -> None:
    body = b'{"events":[{"type":"in","message":{"id":"1","from":"201000000001","text":"Hi"}}]}'
    config = {"gateway": GATEWAY}
    one = read([_raw(body)], {7: _account("http_gateway", "a", config=config)}, installation=KEY, now=NOW)
    (message,) = one.messages
    assert message.number.public_id == "public-0"
    assert message.event.at == CAME
    two = read(
        [_raw(body)], {7: _account("http_gateway", "a", "b", config=config)}, installation=KEY, now=NOW
    )
    assert not two.messages, "which of two is not guessed"
    assert len(two.kept) == 1


def test_another_installations_attempt_is_not_ours() -> None:
    attempt = attempt_ids.make("ffffffffff", 47, 1)
    found = read(
        [_raw(wppconnect.ack(attempt, 2))], {7: _account("wppconnect", "shop1")}, installation=KEY, now=NOW
    )
    (receipt,) = found.receipts
    assert receipt.row.message_id is None


def test_news_of_a_link_without_a_time_count_from_when_they_came() -> None:
    body = wppconnect.event("status-find", status="notLogged")
    found = read([_raw(body)], {7: _account("wppconnect", "shop1")}, installation=KEY, now=NOW)
    assert [(one.notice.code, one.at) for one, _ in found.news] == [("logged_out", CAME)]  # type: ignore[union-attr]
