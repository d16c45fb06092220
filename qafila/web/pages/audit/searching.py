"""Search in the audit log: what was done (in the reader's words or by its code), the beginning of an id, an address or a network.

Each way has an index, so that a search does not read the log however long it is.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from qafila.businesses.models import AuditEntry
from qafila.web.pages.audit.words import ACTIONS

_PARTS_OF_IPV4 = 4


def searched(found: QuerySet[AuditEntry], business_id: int, search: str) -> QuerySet[AuditEntry]:
    """The entries that a search means; all without one."""
    if not search:
        return found
    mine = AuditEntry.objects.filter(business_id=business_id).order_by().values("pk")
    ways: list[Any] = [mine.filter(subject_id__startswith=search).exclude(subject_id="")]
    actions = actions_like(search)
    if actions:
        ways.append(mine.filter(action__in=actions))
    network = network_of(search)
    if network:
        within = RawSQL("address <<= %s::inet", (network,), output_field=BooleanField())
        ways.append(mine.filter(address__isnull=False).filter(within))
    return found.filter(pk__in=ways[0].union(*ways[1:]) if len(ways) > 1 else ways[0])


def actions_like(search: str) -> list[str]:
    """Codes of actions whose words, or whose code itself, hold the text; what is written like a code counts as one."""
    wanted = search.casefold()
    codes = [code for code, word in ACTIONS.items() if wanted in code or wanted in str(word).casefold()]
    if "." in search and search not in codes:
        codes.append(search)
    return codes


def network_of(search: str) -> str:
    """The addresses that a text means: one, a network (``10.0.0.0/8``), or all that begin so (``10.1.``); "" for none."""
    text = search.strip()
    parts = text.rstrip(".").split(".")
    if text.endswith(".") and 0 < len(parts) < _PARTS_OF_IPV4 and all(part.isdecimal() for part in parts):
        text = ".".join([*parts, *["0"] * (_PARTS_OF_IPV4 - len(parts))]) + f"/{8 * len(parts)}"
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return ""
