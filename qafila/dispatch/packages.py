"""What packages need beyond the lanes that pull: work that must not wait for a lost number, a batch that goes to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from qafila.alerts import actions as alerts
from qafila.alerts.models import Alert, Level
from qafila.businesses.queries import local_time
from qafila.dispatch import actions, package_holds
from qafila.dispatch.addressing import RELEASE_AFTER, address_windows, free, needs_windows, window_since
from qafila.dispatch.lane import REPLY_PRIORITY
from qafila.dispatch.pace_now import hours_by_number
from qafila.dispatch.rules import answering
from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.providers import registry
from qafila.senders.models import AccountState, PackageMember, SenderState

MOST_AT_ONCE = 20_000
"""Rows that one round takes from one number of one batch; the next round goes on."""
WAITING = "package_waiting"
"""Wording code of the alert that a package waits; :data:`STANDING`: and none of its numbers comes back by itself."""
STANDING = "package_standing"


def give_batch_to(*, batch_id: int, business_id: int, target: tuple[Target, int], now: datetime) -> None:
    """A batch goes out over somebody else from now on. What is being sent lands, what is uncertain stays put, everything
    that waits is anybody's of the new ones; their lanes look.

    In the caller's transaction, which says whether that is allowed.
    """
    kind, target_id = target
    waits = kind is Target.PACKAGE and package_holds.is_held(target_id, now=now)
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch_id, business_id=business_id)
    batch.target_kind, batch.target_id = int(kind), target_id
    if batch.state == BatchState.PAUSED and batch.hold_code == package_holds.HELD:
        batch.hold_code = ""  # the others have lost nothing; a person paused or starts it
    batch.save(update_fields=["target_kind", "target_id", "hold_code"])
    if batch.state == BatchState.FLOWING and waits:
        package_holds.keep(batch, at_start=True, now=now)
    free(batch_id)
    address_windows(batch, now=now)
    actions.resume_flow(batch_id=batch_id, now=now)


def tend(*, now: datetime) -> int:
    """One round: rows that wait for a number which cannot send go to the others; packages that wait are told of, and told
    of no more when they go on. Safe in several workers at once. Returns how many rows were released."""
    released = release(now=now)
    _tell(now)
    return released


def release(*, now: datetime, package_ids: Sequence[int] | None = None) -> int:
    """Rows that wait for a number which cannot send go to the others; returns how many.

    :param package_ids: only these packages; None: all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            statement("qafila.dispatch", "stuck_in_packages"),
            {
                "soon": now + RELEASE_AFTER,
                "packages": None if package_ids is None else list(package_ids),
                "answering": answering.reasons(_phone_linked()),
                "reply_priority": REPLY_PRIORITY,
            },
        )
        stuck = cursor.fetchall()
    released, woken = 0, set()
    windows = _windows_among({batch_id for batch_id, _, _ in stuck})
    for batch_id, package_id, sender_id in stuck:
        given = {"batch": batch_id, "sender": sender_id, "most": MOST_AT_ONCE}
        name = "release_addressed"
        if batch_id in windows:
            name = "release_to_windows"
            given |= {"package": package_id, "soon": now + RELEASE_AFTER, "since": window_since(now)}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement("qafila.dispatch", name), given)
            if cursor.rowcount > 0:
                released += cursor.rowcount
                woken.add(package_id)
    for package_id in sorted(woken):
        actions.wake_target((Target.PACKAGE, package_id), now=now)
    return released


def _phone_linked() -> list[str]:
    return [kind for kind in registry.KINDS if not registry.get(kind).capabilities.official]


def _windows_among(batch_ids: set[int]) -> set[int]:
    """Which of these batches are free text that only a number with an open window may send."""
    batches = Batch.objects.filter(pk__in=batch_ids).only("content", "target_kind", "target_id")
    return {batch.pk for batch in batches if needs_windows(batch)}


def _tell(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.dispatch", "waiting_packages"), {"soon": now + RELEASE_AFTER})
        found = cursor.fetchall()
    waiting = {}
    unable = [row for row in found if not row[4]]
    closed = _outside_their_hours([row[0] for row in unable], now)
    for package_id, public_id, business_id, name, _, comes_back, back_at in unable:
        if package_id not in closed:
            waiting[business_id, public_id] = (name, comes_back, back_at)
    codes = {key: _code(comes_back) for key, (_, comes_back, _) in waiting.items()}
    known = set()
    for alert in Alert.objects.filter(code__in=(WAITING, STANDING), closed_at=None, deleted_at=None):
        key = (alert.business_id, alert.subject_id)
        if codes.get(key) == alert.code:
            known.add(key)
        else:  # over, or of the other kind by now: that one is told of anew
            subject = ("package", alert.subject_id)
            alerts.close_alert(alert.code, business_id=alert.business_id, subject=subject, now=now)
    for (business_id, public_id), (name, comes_back, back_at) in waiting.items():
        if (business_id, public_id) not in known:
            tell_waiting(
                business_id=business_id,
                public_id=public_id,
                name=name,
                comes_back=comes_back,
                back_at=back_at,
                now=now,
            )


def _outside_their_hours(package_ids: Sequence[int], now: datetime) -> set[int]:
    """Which of these packages wait because it is night: a number that may send is outside its hours. That is as somebody wanted
    it, and nothing to tell of."""
    rows = PackageMember.objects.filter(
        package_id__in=list(package_ids),
        sender__hours__isnull=False,
        sender__state=SenderState.READY,
        sender__provider_account__state=AccountState.OK,
    ).select_related("sender")
    members = list(rows)
    hours = hours_by_number([one.sender for one in members])
    return {one.package_id for one in members if hours[one.sender_id].opens_at(now.timestamp())}


def _code(comes_back: bool) -> str:
    return WAITING if comes_back else STANDING


def tell_waiting(
    *, business_id: int, public_id: str, name: str, comes_back: bool, back_at: datetime | None, now: datetime
) -> None:
    """The messages of a package wait, because none of its numbers may send: critical where none comes back by itself.

    :param back_at: when the first one does; it is said in the business's zone.
    """
    params: dict[str, object] = {"package": name}
    if back_at is not None:
        params["until"] = local_time(business_id, back_at)
    alerts.raise_alert(
        _code(comes_back),
        business_id=business_id,
        level=Level.WARNING if comes_back else Level.CRITICAL,
        params=params,
        subject=("package", public_id),
        now=now,
    )
