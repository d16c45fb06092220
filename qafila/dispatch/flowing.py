"""How many batches flow over numbers and packages: what waits when one of them stands still."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from django.db.models import Count, Q

from qafila.ledger.models import Batch
from qafila.ledger.states import BatchState, Target
from qafila.senders.models import PackageMember

Key = TypeVar("Key")


def flowing_over(
    numbers: Mapping[Key, Collection[int]], packages: Mapping[Key, int] | None = None
) -> dict[Key, int]:
    """Key to its count of flowing batches; a batch counts once for a key. At most two statements.

    :param numbers: key to rows of numbers; counts what is addressed to one of them, or to a package with one of them.
    :param packages: key to the row of a package; counts what is addressed to it. No key of ``numbers``.
    """
    pools = _packages_of({pk for rows in numbers.values() for pk in rows})
    packages = packages or {}
    direct, pooled = _counted(
        numbers=pools.keys(), packages={*packages.values(), *(one for each in pools.values() for one in each)}
    )
    found = {key: pooled.get(pk, 0) for key, pk in packages.items()}
    for key, rows in numbers.items():
        own = set(rows)
        shared = {one for pk in own for one in pools[pk]}
        found[key] = sum(direct.get(pk, 0) for pk in own) + sum(pooled.get(pk, 0) for pk in shared)
    return found


def _packages_of(sender_ids: Collection[int]) -> dict[int, set[int]]:
    """Each number to the packages it is in; a deleted package has no members."""
    found: dict[int, set[int]] = {pk: set() for pk in sender_ids}
    if found:
        members = PackageMember.objects.filter(sender_id__in=list(found), package__deleted_at=None)
        for sender_id, package_id in members.values_list("sender_id", "package_id"):
            found[sender_id].add(package_id)
    return found


def _counted(*, numbers: Iterable[int], packages: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Flowing batches by the number, and by the package, that they are addressed to."""
    wanted = {Target.SENDER: list(numbers), Target.PACKAGE: list(packages)}
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if any(wanted.values()):
        mine = Q()
        for kind, ids in wanted.items():
            mine |= Q(target_kind=kind, target_id__in=ids)
        rows = Batch.objects.filter(mine, state=BatchState.FLOWING).values_list("target_kind", "target_id")
        for kind, target_id, count in rows.annotate(number=Count("pk")):
            found[kind][target_id] = count
    return found[Target.SENDER], found[Target.PACKAGE]
