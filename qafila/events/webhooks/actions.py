"""What people do with endpoints: add, change, switch, replace the secret, test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.keyring import keyring
from qafila.businesses.models import Business
from qafila.businesses.refusals import Clash, NotFound, Refused
from qafila.events.actions import emit
from qafila.events.live import notify_now
from qafila.events.webhooks import secrets
from qafila.events.webhooks.models import (
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from qafila.events.webhooks.publishing import TOPIC, deliver, payload_of
from qafila.events.webhooks.types import TEST, unknown
from qafila.kit.http import Forbidden, glance
from qafila.kit.ids import new_public_id, new_uuid

SCOPE: Final = "webhooks:write"
MOST_ENDPOINTS: Final = 50
SUBJECT: Final = "webhook_endpoint"
LONGEST_DESCRIPTION: Final = 200


def create_endpoint(
    *,
    business: Business,
    url: str,
    description: str = "",
    event_types: Sequence[str] = (),
    with_contents: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, switched on: its row, and its secret, which is shown once.

    :param event_types: names of ``webhooks.types``; none: all.
    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Refused: ``webhook_url_unreadable``, ``webhook_url_scheme``, ``webhook_url_userinfo``, ``webhook_port_forbidden``,
        ``webhook_address_forbidden``, ``webhook_type_unknown``. :raises Clash: ``webhook_endpoints_full``.
    """
    actor.must(SCOPE, business_id=business.pk)
    normal, types = _checked_url(url), _checked_types(event_types)
    public_id, held = new_uuid(), secrets.fresh()
    with transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        if WebhookEndpoint.objects.filter(business=business).count() >= MOST_ENDPOINTS:
            raise Clash(
                "webhook_endpoints_full",
                f"A business has {MOST_ENDPOINTS} webhook endpoints at most. Delete one that is not used.",
                most=MOST_ENDPOINTS,
            )
        row = WebhookEndpoint.objects.create(
            public_id=public_id,
            business=business,
            url=normal,
            description=" ".join(description.split())[:LONGEST_DESCRIPTION],
            event_types=types,
            with_contents=with_contents,
            secrets=secrets.seal(held, business_id=business.pk, public_id=public_id),
            created_at=now,
        )
        _told(row, actor, "webhook.created", now, types=types, with_contents=with_contents)
    return row, held.current


def change_endpoint(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime, **changes: Any) -> bool:
    """Changes ``url``, ``description``, ``event_types`` or ``with_contents``; what is not named stays. Whether anything changed.

    :raises NotFound: another business. :raises NotAllowed: a right is missing. :raises Refused: as :func:`create_endpoint`.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    if "url" in changes:
        changes["url"] = _checked_url(changes["url"])
    if "event_types" in changes:
        changes["event_types"] = _checked_types(changes["event_types"])
    if "description" in changes:
        changes["description"] = " ".join(changes["description"].split())[:LONGEST_DESCRIPTION]
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        changed = sorted(name for name, value in changes.items() if getattr(row, name) != value)
        if changed:
            for name in changed:
                setattr(row, name, changes[name])
            row.save(update_fields=changed)
            _told(row, actor, "webhook.changed", now, changed=changed)
    return bool(changed)


def delete_endpoint(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> None:
    """Deletes an endpoint for good: nothing more is sent to it, address and secret are gone at once. Its deliveries, perhaps
    very many, go behind it (``webhooks.retention``).

    :raises NotFound: another business, or deleted. :raises NotAllowed: ``webhooks:write`` is missing.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    with transaction.atomic():
        if not WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            deleted_at=now,
            state=EndpointState.DISABLED,
            disabled_reason="person",
            disabled_at=now,
            url="",
            description="",
            secrets="",
        ):
            raise NotFound(SUBJECT)
        _on_again(endpoint, now)
        _told(endpoint, actor, "webhook.deleted", now)


def switch_on(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> bool:
    """What happens from now on is sent; what was missed waits for :func:`resending.resend_since`. False when it was on.

    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    with transaction.atomic():
        changed = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.DISABLED).update(
            state=EndpointState.ENABLED, disabled_reason="", disabled_at=None, failing_since=None
        )
        if changed:
            _on_again(endpoint, now)
            _told(endpoint, actor, "webhook.switched_on", now)
    return changed == 1


def switch_off(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> bool:
    """Nothing more is sent; what waits and what happens meanwhile is noted as missed. False when it was off.

    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    with transaction.atomic():
        changed = WebhookEndpoint.objects.filter(pk=endpoint.pk, state=EndpointState.ENABLED).update(
            state=EndpointState.DISABLED, disabled_reason="person", disabled_at=now
        )
        if changed:
            WebhookDelivery.objects.filter(endpoint=endpoint, next_at__isnull=False).update(
                state=DeliveryState.MISSED, next_at=None, claims=F("claims") + 1
            )
            _told(endpoint, actor, "webhook.switched_off", now)
    return changed == 1


def rotate_secret(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> str:
    """A new secret, shown once. For 24 hours the one before signs too, so that a receiver can change without loss.

    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing. :raises CryptoError: the key is gone.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        held = secrets.open_(row).replaced(now)
        row.secrets = secrets.seal(held, business_id=row.business_id, public_id=row.public_id)
        row.save(update_fields=["secrets"])
        _told(row, actor, "webhook.secret_replaced", now)
    return held.current


def send_test(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> WebhookDelivery:
    """Sends a ``webhook.test`` to this endpoint, through the same door as everything else.

    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Clash: ``webhook_endpoint_is_off``.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    need_on(endpoint)
    with transaction.atomic():
        message = WebhookMessage.objects.create(
            public_id=new_public_id("msg"),
            business_id=endpoint.business_id,
            type=TEST,
            object_kind=SUBJECT,
            object_id=str(endpoint.public_id),
            payload=payload_of(
                TEST,
                business=actor.business,
                at=now,
                sequence=0,
                subject=(SUBJECT, str(endpoint.public_id)),
                data={},
            ),
            at=now,
        )
        deliver(message, [endpoint], now=now)
        _told(endpoint, actor, "webhook.tested", now)
    return WebhookDelivery.objects.get(message=message, endpoint=endpoint)


def rotate_encryption(*, now: datetime) -> int:
    """Seals every endpoint's secrets with the newest key; how many were not yet. One row a transaction.

    :raises CryptoError: a key that something is sealed with is missing; what was done until then stays done.
    """
    del now
    keys, changed = keyring(), 0
    for pk in WebhookEndpoint.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=pk).first()
            if row is None or not keys.needs_rotation(row.secrets):
                continue
            row.secrets = keys.rotate(row.secrets, secrets.place(row.business_id, row.public_id))
            row.save(update_fields=["secrets"])
            changed += 1
    return changed


def need_on(endpoint: WebhookEndpoint) -> None:
    """:raises Clash: ``webhook_endpoint_is_off``."""
    if endpoint.state != EndpointState.ENABLED:
        raise Clash("webhook_endpoint_is_off", "The endpoint is switched off. Switch it on first.")


def _checked_url(url: str) -> str:
    try:
        return glance(url.strip(), allowed_networks=settings.ENV.outgoing_allowed_networks)
    except Forbidden as exc:
        codes = {
            "url_unreadable": "webhook_url_unreadable",
            "url_scheme": "webhook_url_scheme",
            "url_userinfo": "webhook_url_userinfo",
            "port_forbidden": "webhook_port_forbidden",
            "address_forbidden": "webhook_address_forbidden",
        }
        sentence = "This address cannot be used for webhooks. Give a public http or https address."
        raise Refused(codes[exc.code], sentence, why=exc.why) from exc


def _checked_types(names: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    if wrong := unknown(wanted):
        raise Refused(
            "webhook_type_unknown",
            f"There is no type {wrong[0]!r}. docs/webhooks.md lists them.",
            type=wrong[0][:64],
        )
    return wanted


def _on_again(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Whoever was told that it is off is told that this is over."""
    emit(
        "webhook.endpoint_enabled",
        business_id=endpoint.business_id,
        subject=(SUBJECT, str(endpoint.public_id)),
        data={},
        now=now,
    )


def _told(endpoint: WebhookEndpoint, actor: Actor, action: str, now: datetime, **detail: Any) -> None:
    """Open pages, and the audit log (never the address: its path may be a secret)."""
    notify_now(endpoint.business_id, TOPIC)
    record_audit(
        actor=actor,
        action=action,
        subject_kind=SUBJECT,
        subject_id=str(endpoint.public_id),
        detail=detail,
        now=now,
    )
