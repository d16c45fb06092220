"""Filters of the list of contracts: the package, and the direction, that a contract was made for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from qafila.senders import direction_queries, package_queries
from qafila.senders.direction_models import Direction
from qafila.senders.models import Package
from qafila.web.pages.messages.filters import NamedChoice


@dataclass(frozen=True, slots=True)
class PackageChoice(NamedChoice):
    """A package; its value is a :class:`Package` of the business that is not deleted."""

    def found(self, business_id: int, text: str) -> Package | None:
        """See :meth:`NamedChoice.found`."""
        return package_queries.package(business_id, text)

    def offered(self, business_id: int) -> QuerySet[Package]:
        """See :meth:`NamedChoice.offered`."""
        return package_queries.packages_of(business_id).order_by("name", "pk")


@dataclass(frozen=True, slots=True)
class DirectionChoice(NamedChoice):
    """A direction; its value is a :class:`Direction` of the business."""

    def found(self, business_id: int, text: str) -> Direction | None:
        """See :meth:`NamedChoice.found`."""
        return direction_queries.direction(business_id, text)

    def offered(self, business_id: int) -> QuerySet[Direction]:
        """See :meth:`NamedChoice.offered`."""
        return direction_queries.directions_of(business_id)
