"""Filters of the message list whose options are too many for a menu: the chosen one is looked up, the latest are offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from qafila.campaigns.models import Campaign
from qafila.campaigns.queries import contract_rows
from qafila.kit.ids import is_public_id
from qafila.senders import queries as senders
from qafila.web.lists.filters import Choice, Option
from qafila.web.shell.doors import Current
from qafila.wording import is_known, say

_OFFERED = 50
_LONGEST_REASON = 64
_COMMON_REASONS = (
    "cloud_api.131026",
    "cloud_api.131047",
    "cloud_api.131016",
    "cloud_api.132001",
    "opted_out",
    "window_closed",
    "duplicate",
    "cancelled",
    "resolved_failed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedChoice(Choice):
    """One row of the business with a name and a public id; its value is that row.

    :ivar found: row of the business and public id of an address to the row meant; None where there is none here.
    :ivar offered: row of the business to the rows to choose from, in their order; the first 50 are shown.
    """

    options: Sequence[Option] = ()
    found: Callable[[int, str], Any]
    offered: Callable[[int], QuerySet[Any]]

    def read(self, given: QueryDict, current: Current) -> tuple[Any, bool]:
        """See :meth:`Choice.read`."""
        text = given.get(self.key, "")
        if not text:
            return None, False
        found = self.found(current.business.pk, text)
        return found, found is None

    def shown(self, value: Any, current: Current) -> str:
        """The value in words."""
        del current
        return str(value.name)

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """What its template needs."""
        offered = list(self.offered(current.business.pk)[:_OFFERED])
        if value is not None and value.pk not in {one.pk for one in offered}:
            offered.insert(0, value)
        chosen = str(value.public_id) if value is not None else ""
        return {
            "options": [(str(one.public_id), one.name, str(one.public_id) == chosen) for one in offered],
            "chosen": (chosen,) if chosen else (),
        }


def _contract(business_id: int, text: str) -> Campaign | None:
    """Deleted ones too: their messages stay."""
    if not is_public_id(text, "contract") and not is_public_id(text, "open"):
        return None
    return Campaign.objects.filter(business_id=business_id, public_id=text).first()


CONTRACT: Final = NamedChoice(
    "campaign",
    gettext_lazy("Contract"),
    found=_contract,
    offered=lambda business_id: contract_rows(business_id).order_by("-created_at", "-pk"),
)
"""A contract or an open message; its value is a :class:`Campaign`."""
NUMBER: Final = NamedChoice(
    "sender",
    pgettext_lazy("that sends", "Number"),
    found=senders.by_public_id,
    offered=lambda business_id: senders.for_business(business_id).order_by("name", "pk"),
)
"""A number; its value is a :class:`Sender`."""


@dataclass(frozen=True, slots=True)
class ReasonChoice(Choice):
    """A wording code; ``none`` for messages without one."""

    def read(self, given: QueryDict, current: Current) -> tuple[Any, bool]:
        """See :meth:`Choice.read`."""
        del current
        text = given.get(self.key, "")
        if not text:
            return None, False
        good = (
            len(text) <= _LONGEST_REASON
            and text.isascii()
            and text.replace(".", "").replace("_", "").isalnum()
        )
        return (text, False) if good else (None, True)

    def shown(self, value: Any, current: Current) -> str:
        """The value in words."""
        del current
        return sentence(str(value))

    def state(self, value: Any, current: Current) -> Mapping[str, Any]:
        """What its template needs."""
        del current
        codes = [*([value] if value and value not in _COMMON_REASONS else []), *_COMMON_REASONS]
        options: list[tuple[str, str, bool]] = [(code, sentence(code), code == value) for code in codes]
        return {"options": options, "chosen": (value,) if value else ()}


def sentence(code: str) -> str:
    """What a reason says, in the reader's language."""
    if not code or code == "none":
        return say("failure.unknown", get_language() or "en").sentence
    return say(code if is_known(code) else "failure.unknown", get_language() or "en").sentence
