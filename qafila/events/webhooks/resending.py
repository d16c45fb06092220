"""Sending again: one delivery, all of a span, or what was missed. The id stays; the schedule begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from qafila.businesses.actions import record_audit
from qafila.businesses.actor import Actor
from qafila.businesses.refusals import NotFound, Refused
from qafila.events.live import notify_now
from qafila.events.webhooks.actions import SCOPE, SUBJECT, need_on
from qafila.events.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from qafila.events.webhooks.publishing import TOPIC

CHUNK: Final = 2_000
NOT_DELIVERED: Final = (DeliveryState.FAILED, DeliveryState.MISSED)


def resend(*, delivery: WebhookDelivery, actor: Actor, now: datetime) -> None:
    """Sends one again at once, whether it was delivered or not.

    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Clash: ``webhook_endpoint_is_off``.
    """
    actor.must(SCOPE, business_id=delivery.endpoint.business_id, what="webhook_delivery")
    need_on(delivery.endpoint)
    with transaction.atomic():
        _due(WebhookDelivery.objects.filter(pk=delivery.pk), now)
        _told(delivery.endpoint, actor, now, count=1)


def resend_many(*, endpoint: WebhookEndpoint, ids: Iterable[int], actor: Actor, now: datetime) -> int:
    """Sends these deliveries of an endpoint again at once, delivered or not: all of them, or none; how many.

    :param ids: row ids, or a query of them; those of another endpoint, and those that are gone, are left out.
    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Clash: ``webhook_endpoint_is_off``.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    need_on(endpoint)
    with transaction.atomic():
        count = _due(WebhookDelivery.objects.filter(endpoint=endpoint, pk__in=ids), now)
        if count:
            _told(endpoint, actor, now, count=count)
    return count


def resend_since(
    *,
    endpoint: WebhookEndpoint,
    since: datetime,
    until: datetime | None = None,
    also_delivered: bool = False,
    actor: Actor,
    now: datetime,
) -> int:
    """Sends again what happened in a span and did not arrive; how many. The oldest go first.

    :param also_delivered: everything of the span, also what arrived: for a receiver that lost its own records.
    :raises NotFound: another business. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Clash: ``webhook_endpoint_is_off``. :raises Refused: ``webhook_span_is_empty`` (it ends before it begins).
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    need_on(endpoint)
    if until is not None and until <= since:
        raise Refused("webhook_span_is_empty", "The span ends before it begins. Choose a later end.")
    with transaction.atomic():
        count = _due(of_span(endpoint, since, until, also_delivered=also_delivered), now)
        if count:
            _told(endpoint, actor, now, count=count, since=since.isoformat())
    return count


def resend_in_steps(
    *,
    endpoint: WebhookEndpoint,
    found: QuerySet[WebhookDelivery],
    rest: Callable[[Sequence[int]], Sequence[int]],
    tell: Callable[[int, int], None],
    before: int = 0,
    actor: Actor,
    now: datetime,
) -> int:
    """Sends very many again, the oldest first, so many a transaction; how many. May be called again after it was broken off.

    :param found: deliveries of the endpoint. :param rest: called in the transaction of each step: which of these row ids,
        ascending, nobody dealt with yet. :param tell: called there, too: how many were looked at, and how many are sent again.
    :param before: how many calls that were broken off sent; they are in the number that is returned, and in the audit log.
    :raises NotFound: another business, or deleted meanwhile. :raises NotAllowed: ``webhooks:write`` is missing.
    :raises Clash: ``webhook_endpoint_is_off``, perhaps meanwhile: what was sent until then stays as it is.
    """
    actor.must(SCOPE, business_id=endpoint.business_id, what=SUBJECT)
    done = before
    for ids in _steps(found.filter(endpoint=endpoint)):
        with transaction.atomic():
            # Not locked: what records a try locks its delivery first. One that is switched off just now notes what came
            # later as missed (sql/sweep.sql).
            now_so = WebhookEndpoint.objects.filter(pk=endpoint.pk).first()
            if now_so is None:
                raise NotFound(SUBJECT)
            need_on(now_so)
            left = rest(ids)
            count = _due(WebhookDelivery.objects.filter(endpoint=endpoint, pk__in=left), now)
            tell(len(left), count)
        done += count
    if done:
        with transaction.atomic():
            _told(endpoint, actor, now, count=done)
    return done


def of_span(
    endpoint: WebhookEndpoint,
    since: datetime,
    until: datetime | None = None,
    *,
    also_delivered: bool = False,
) -> QuerySet[WebhookDelivery]:
    """What happened in a span and did not arrive (or all of it); no query yet."""
    found = WebhookDelivery.objects.filter(endpoint=endpoint, message__at__gte=since)
    if until is not None:
        found = found.filter(message__at__lt=until)
    return found if also_delivered else found.filter(state__in=NOT_DELIVERED)


def _steps(found: QuerySet[WebhookDelivery]) -> Iterator[list[int]]:
    after = 0
    while ids := list(found.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
        after = ids[-1]


def _due(rows: QuerySet[WebhookDelivery], now: datetime) -> int:
    # In one statement, however many: a span may hold a million. The claim counts up, so that a try which is under way writes
    # no outcome over this.
    return rows.update(state=DeliveryState.PENDING, next_at=now, tries=0, claims=F("claims") + 1)


def _told(endpoint: WebhookEndpoint, actor: Actor, now: datetime, **detail: object) -> None:
    notify_now(endpoint.business_id, TOPIC)
    record_audit(
        actor=actor,
        action="webhook.sent_again",
        subject_kind=SUBJECT,
        subject_id=str(endpoint.public_id),
        detail=detail,
        now=now,
    )
