"""Promises 31 and 57: the signature is the standard's, a secret is replaced without loss, and no table holds one readable."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from qafila.businesses.refusals import NotAllowed, NotFound
from qafila.businesses.rules.scopes import ROLE_SCOPES
from qafila.events.webhooks import secrets
from qafila.events.webhooks.actions import rotate_secret
from qafila.events.webhooks.models import WebhookEndpoint
from qafila.events.webhooks.rules.signing import new_secret, signature
from qafila.kit.crypto import CryptoError
from tests.events.webhooks.receivers import Receiver, deliverer, verified

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks specification."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    made = signature(secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=at, body=body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_the_form_that_libraries_read() -> None:
    made = new_secret()
    assert made.startswith("whsec_")
    assert len(base64.b64decode(made.removeprefix("whsec_"))) == 32
    assert made != new_secret()


def test_a_replaced_secret_signs_for_a_day_more_and_nothing_is_refused(
    dsn, clock, now, add, happen, owner_actor
) -> None:
    receiver = Receiver()

    async def story() -> list[str]:
        async with receiver, deliverer(dsn, clock) as working:
            endpoint, receiver.secret = await asyncio.to_thread(add, receiver.url)
            given = {"endpoint": endpoint, "actor": owner_actor}
            fresh = ""
            for hour in range(30):
                clock.set(now + timedelta(hours=hour))
                if hour == 5:
                    fresh = await asyncio.to_thread(lambda: rotate_secret(**given, now=clock.now()))
                if hour == 20:
                    # The receiver changes over, some time within the day.
                    receiver.secret = fresh
                await asyncio.to_thread(happen, at=clock.now(), subject=f"hour {hour}")
                while await working.round():
                    await working.landed()
            return [fresh]

    old_and_new = asyncio.run(story())
    assert (len(receiver.taken), receiver.unsigned) == (30, 0)
    held = secrets.open_(WebhookEndpoint.objects.get())
    assert held.signing(now + timedelta(hours=28, minutes=59))[0] == old_and_new[0]
    assert len(held.signing(now + timedelta(hours=28, minutes=59))) == 2
    assert len(held.signing(now + timedelta(hours=29))) == 1


def test_two_replacements_in_a_day_keep_all_three(now, add, owner_actor) -> None:
    endpoint, first = add()
    second = rotate_secret(endpoint=endpoint, actor=owner_actor, now=now + timedelta(hours=1))
    third = rotate_secret(endpoint=endpoint, actor=owner_actor, now=now + timedelta(hours=2))
    held = secrets.open_(WebhookEndpoint.objects.get())
    assert held.signing(now + timedelta(hours=3)) == [third, second, first]


def test_no_table_holds_a_secret_and_a_copied_one_does_not_open(now, add, owner_actor) -> None:
    (first, canary), (second, other) = add(), add()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e::text FROM events_webhookendpoint e UNION ALL SELECT a::text FROM businesses_auditentry a"
        )
        dump = "\n".join(row[0] for row in cursor.fetchall())
    assert canary not in dump
    assert canary.removeprefix("whsec_") not in dump
    WebhookEndpoint.objects.filter(pk=second.pk).update(secrets=first.secrets)
    with pytest.raises(CryptoError):
        secrets.open_(WebhookEndpoint.objects.get(pk=second.pk))
    assert secrets.open_(first).current == canary
    assert other not in repr(secrets.Held(other))


def test_a_rotated_encryption_key_opens_everything_again(settings, now, add) -> None:
    from pydantic import SecretStr

    from qafila.events.webhooks.actions import rotate_encryption

    def keys(*given: str) -> None:
        settings.ENV = settings.ENV.model_copy(update={"encryption_keys": SecretStr(",".join(given))})

    keys("o" * 20 + "ld key of this test")
    endpoint, secret = add()
    keys("n" * 20 + "ew key of this test", "o" * 20 + "ld key of this test")
    assert rotate_encryption(now=now) == 1
    assert rotate_encryption(now=now) == 0
    endpoint.refresh_from_db()
    assert secrets.open_(endpoint).current == secret


def test_a_sealed_secret_that_cannot_be_opened_is_a_failure_that_is_said(
    dsn, clock, now, add, happen
) -> None:
    from qafila.events.webhooks.models import WebhookAttempt

    receiver = Receiver()

    async def story() -> None:
        async with receiver, deliverer(dsn, clock) as working:
            (one, _), (two, _) = await asyncio.to_thread(lambda: (add(receiver.url), add(receiver.url)))
            await asyncio.to_thread(
                lambda: WebhookEndpoint.objects.filter(pk=one.pk).update(secrets=two.secrets)
            )
            await asyncio.to_thread(happen)
            await working.round()
            await working.landed()

    asyncio.run(story())
    assert sorted(WebhookAttempt.objects.values_list("code", flat=True)) == ["", "secret_unreadable"]
    assert len(receiver.taken) == 1


def test_only_who_may_replaces_a_secret(add, owner_actor, stranger_actor, now) -> None:
    endpoint, _ = add()
    agent = dataclasses.replace(owner_actor, scopes=ROLE_SCOPES["agent"])
    with pytest.raises(NotAllowed):
        rotate_secret(endpoint=endpoint, actor=agent, now=now)
    with pytest.raises(NotFound):
        rotate_secret(endpoint=endpoint, actor=stranger_actor, now=now)


def test_a_body_that_was_changed_does_not_verify(now) -> None:
    secret = new_secret()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(secret, message_id="msg_1", at=now, body=b"a"),
    }
    assert verified(secret, headers, b"a")
    assert not verified(secret, headers, b"b")
