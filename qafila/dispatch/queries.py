"""What the engine knows of the future: who cannot be reached with free text, why a message waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from qafila.dispatch.lane import REPLY_PRIORITY
from qafila.dispatch.models import Worker
from qafila.dispatch.pace_now import PaceNow, paces
from qafila.dispatch.rules import answering, gates, human_pace
from qafila.dispatch.rules.adaptive_pace import eased
from qafila.dispatch.rules.human_pace import HumanPolicy, HumanState
from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.ledger.queries import MessageRow
from qafila.ledger.states import BatchState, State, Target
from qafila.providers import registry
from qafila.providers.contents_json import is_free_form
from qafila.senders.models import AccountState, Sender, SenderState
from qafila.senders.package_queries import comes_back_at
from qafila.senders.queries import effective
from qafila.senders.rules.hours import ANY_TIME
from qafila.senders.template_queries import template_refusal

WORKER_SEEN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class WhyNotYet:
    """Why a message waits: a wording code, and from when it may go if that is known."""

    code: str
    not_before: datetime | None = None


def closed_windows(batch_id: int, *, now: datetime) -> int:
    """Queued messages of a free-text batch on official numbers whose 24 h window is shut: they would be skipped. In a package
    one number with an open window is enough.

    0 for templates and for numbers without windows. Reads all of the batch's rows.
    """
    batch = Batch.objects.get(pk=batch_id)
    if not is_free_form(batch.content):
        return 0
    senders = [
        sender.pk
        for sender in numbers_of((Target(batch.target_kind), batch.target_id))
        if sender.provider_account is not None
        and registry.get(sender.provider_account.kind).capabilities.official
    ]
    if not senders:
        return 0
    since = now - timedelta(seconds=gates.WINDOW_SECONDS - gates.WINDOW_MARGIN)
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.dispatch", "closed_windows"),
            {"batch": batch_id, "senders": senders, "since": since},
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def numbers_of(target: tuple[Target, int]) -> list[Sender]:
    """The numbers that may take what goes to a target, with provider account and portfolio."""
    kind, target_id = target
    found = Sender.objects.select_related("provider_account__portfolio").order_by("pk")
    match kind:
        case Target.SENDER:
            return list(found.filter(pk=target_id))
        case Target.PROVIDER_ACCOUNT:
            return list(found.filter(provider_account_id=target_id))
        case Target.PACKAGE:
            return list(found.filter(memberships__package_id=target_id))


def why_not_yet(message: MessageRow, *, now: datetime) -> WhyNotYet | None:
    """The reason that a queued message has not gone out yet; None if it is not queued."""
    if message.state is not State.QUEUED:
        return None
    batch = Batch.objects.get(pk=message.batch_id)
    if batch.state not in (BatchState.FLOWING, BatchState.OPEN):
        code = "not_started" if batch.state == BatchState.DRAFT else (batch.hold_code or "paused")
        return WhyNotYet(code)
    if message.due_at is not None and message.due_at > now:
        return WhyNotYet(message.reason or "retry_wait", message.due_at)
    if batch.target_kind != Target.SENDER:
        return why_target_waits(batch, now=now)
    sender = Sender.objects.select_related("provider_account").get(pk=batch.target_id)
    return why_sender_waits(batch, sender, now=now)


def why_target_waits(batch: Batch, *, now: datetime) -> WhyNotYet:
    """Why the next message of a batch that several numbers share has not gone out: none of them may, or its turn is near."""
    numbers = numbers_of((Target(batch.target_kind), batch.target_id))
    states = {effective(one).state for one in numbers}
    if SenderState.READY in states:
        ready = [one for one in numbers if effective(one).state == SenderState.READY]
        works, known, reply = living_workers(now=now) > 0, paces(ready, now=now), _is_reply(batch)
        reasons = [_why_state(one) or _why_pace(one, known[one.pk], works, reply, now) for one in ready]
        near = [one for one in reasons if one.not_before is None]
        return near[0] if near else min(reasons, key=lambda one: one.not_before or now)
    if SenderState.RESTING in states:
        return WhyNotYet("package_resting", comes_back_at(numbers))
    return WhyNotYet("no_active_profiles")


def why_sender_waits(batch: Batch, sender: Sender, *, now: datetime) -> WhyNotYet:
    """Why the next message of a batch that flows has not gone out over its sender yet."""
    pace_now = paces([sender], now=now)[sender.pk]
    if _answers_through(batch, sender):
        state = _why_answers_rest(sender, pace_now, now)
    else:
        state = _why_state(sender)
    return (
        _why_template(batch, sender)
        or state
        or _why_pace(sender, pace_now, living_workers(now=now) > 0, _is_reply(batch), now)
    )


def _is_reply(batch: Batch) -> bool:
    return batch.priority < REPLY_PRIORITY


def _answers_through(batch: Batch, sender: Sender) -> bool:
    """Whether these are answers, and the number goes on answering though it rests."""
    official = (
        registry.get(sender.provider_account.kind).capabilities.official if sender.provider_account else True
    )
    if not _is_reply(batch) or effective(sender).state != SenderState.RESTING:
        return False
    return answering.goes_on(sender.state_reason, official=official)


def _why_answers_rest(sender: Sender, pace_now: PaceNow, now: datetime) -> WhyNotYet | None:
    """An answer was refused while the number rests: the next one waits too, at the longest until that rest is over."""
    until = answering.rest_until(pace_now.lane.pace) if pace_now.lane else 0.0
    if until <= now.timestamp():
        return None
    rests = datetime.fromtimestamp(until, now.tzinfo)
    return WhyNotYet("resting", min(rests, sender.rest_until or rests))


def _why_state(sender: Sender) -> WhyNotYet | None:
    account = sender.provider_account
    if account is None or sender.state == SenderState.NOT_CONNECTED:
        return WhyNotYet("account_not_connected")
    if account.state != AccountState.OK:
        return WhyNotYet("account_stopped")
    if sender.state == SenderState.RESTING:
        return WhyNotYet("resting", sender.rest_until)
    if sender.state != SenderState.READY:
        return WhyNotYet(f"sender_{sender.state}")
    return None


def _why_pace(sender: Sender, pace_now: PaceNow, works: bool, reply: bool, now: datetime) -> WhyNotYet:
    if not works:
        return WhyNotYet("no_worker")
    share, lane = pace_now.share, pace_now.lane
    # Answers wait neither for the end of a rest after trouble nor for the number's hours.
    hours = ANY_TIME if reply else pace_now.hours
    rests, opens = (0.0 if reply else share.rest_until), hours.opens_at(now.timestamp())
    if rests or opens:
        code = "pace_resting" if rests > opens else "outside_hours"
        return WhyNotYet(code, datetime.fromtimestamp(hours.next_open(max(rests, opens)), now.tzinfo))
    pace: Mapping[str, Any] = lane.pace if lane else {}
    account = sender.provider_account
    official = account is not None and registry.get(account.kind).capabilities.official
    if not official and sender.use_limits:
        age_days = (now - sender.in_use_since).total_seconds() / 86_400
        free_at, why = human_pace.free_at(
            eased(HumanPolicy(), share), HumanState.read(pace), age_days=age_days, now=now.timestamp()
        )
        if why:
            return WhyNotYet(why, datetime.fromtimestamp(hours.next_open(free_at), now.tzinfo))
    if lane and lane.due_at and lane.due_at > now:
        return WhyNotYet("pace", lane.due_at)
    return WhyNotYet("in_queue")


def _why_template(batch: Batch, sender: Sender) -> WhyNotYet | None:
    """The lane takes nothing that needs a template which the provider does not let through now."""
    content = batch.content
    if content.get("kind") != "template" or sender.provider_account_id is None:
        return None
    refusal = template_refusal(
        account_id=sender.provider_account_id, name=content["name"], language=content["language"]
    )
    return WhyNotYet(refusal.code) if refusal else None


def living_workers(*, now: datetime) -> int:
    """Workers that were seen lately."""
    return Worker.objects.filter(ended_at=None, seen_at__gt=now - WORKER_SEEN).count()


def connected_workers() -> list[tuple[str, int]]:
    """Host and process of each worker that holds its lock on the database, wherever it runs, oldest first.

    For commands that change the schema: it may be of any level, also one without tables. Takes no clock: a lock says who
    lives at once, ``seen_at`` only after a while.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [Worker._meta.db_table])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(statement("qafila.dispatch", "connected_workers"))
        return [(str(host), int(pid)) for host, pid in cursor.fetchall()]
