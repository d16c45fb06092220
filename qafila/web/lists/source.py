"""Where a list's rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from django.db.models import QuerySet

from qafila.kit.ids import parse_uuid
from qafila.web.lists.query import ListQuery

_CHUNK = 2_000


class Source(Protocol):
    """The rows of a list under one query; everything in it belongs to the person's business."""

    def total(self) -> int:
        """How many match."""

    def rows(self, offset: int, limit: int) -> Sequence[Any]:
        """One page of them, in the query's order."""

    def all_rows(self) -> Iterator[Any]:
        """All of them, in bounded memory (for exports)."""


class QuerySetSource:
    """A source from an ordered queryset.

    :param count: gives the total where a counter knows it; else the database counts.
    :param prepare: adds to a page's rows what they need, in as few statements as it can.
    """

    def __init__(
        self,
        queryset: QuerySet[Any],
        *,
        count: Callable[[], int] | None = None,
        prepare: Callable[[list[Any]], list[Any]] | None = None,
    ) -> None:
        self._queryset = queryset
        self._count = count
        self._prepare = prepare

    def total(self) -> int:
        """See :class:`Source`."""
        return self._count() if self._count else self._queryset.order_by().count()

    def rows(self, offset: int, limit: int) -> Sequence[Any]:
        """See :class:`Source`."""
        found = list(self._queryset[offset : offset + limit])
        return self._prepare(found) if self._prepare else found

    def all_rows(self) -> Iterator[Any]:
        """See :class:`Source`: through a cursor of the server."""
        chunk: list[Any] = []
        for row in self._queryset.iterator(chunk_size=_CHUNK):
            chunk.append(row)
            if len(chunk) == _CHUNK:
                yield from self._prepare(chunk) if self._prepare else chunk
                chunk = []
        yield from self._prepare(chunk) if self._prepare and chunk else chunk


class ListSource:
    """A source from rows that are few and already there, in their order.

    :param prepare: as of :class:`QuerySetSource`.
    """

    def __init__(
        self, rows: Sequence[Any], *, prepare: Callable[[Sequence[Any]], Sequence[Any]] | None = None
    ) -> None:
        self._rows = rows
        self._prepare = prepare

    def total(self) -> int:
        """See :class:`Source`."""
        return len(self._rows)

    def rows(self, offset: int, limit: int) -> Sequence[Any]:
        """See :class:`Source`."""
        found = self._rows[offset : offset + limit]
        return self._prepare(found) if self._prepare else found

    def all_rows(self) -> Iterator[Any]:
        """See :class:`Source`."""
        for begin in range(0, len(self._rows), _CHUNK):
            yield from self.rows(begin, _CHUNK)


def limited(queryset: QuerySet[Any], query: ListQuery, *, field: str = "public_id") -> QuerySet[Any]:
    """The queryset, limited to the ticked rows where rows were ticked. ``field`` holds UUIDs or texts."""
    if query.ids is None:
        return queryset
    model_field = queryset.model._meta.get_field(field)
    ids: list[Any] = list(query.ids)
    if model_field.get_internal_type() == "UUIDField":
        ids = [parsed for parsed in map(parse_uuid, ids) if parsed]
    return queryset.filter(**{f"{field}__in": ids})
