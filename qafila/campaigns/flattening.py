"""Telling a person before the sending that a template carries each text on one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from qafila.campaigns.rules.content import is_template
from qafila.campaigns.rules.recipients import Recipient
from qafila.campaigns.rules.templates import is_flattened
from qafila.kit.statements import statement
from qafila.ledger.models import Batch
from qafila.providers.contents_json import values_in

CODE = "line_breaks_flattened"
_EXAMPLES = 20


def line_breaks_warnings(batch: Batch) -> list[dict[str, Any]]:
    """The warning as it is kept with a campaign (a wording code, its count, example rows); none where nothing is changed.

    Meta takes no line break, tab or wide gap in a template's variable: each becomes one space. Free text keeps its lines.
    Reads all of the batch's rows.
    """
    if not is_template(batch.content):
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement("qafila.campaigns", "line_breaks"), {"batch": batch.pk})
        rows = cursor.fetchall()
    if not rows:
        return []
    count = int(rows[0][0])
    return [_warning(count, [row for _, row in rows])]


def flattened_warnings(batch: Batch, rows: Iterable[Recipient]) -> list[dict[str, Any]]:
    """The same of rows that are in hand; nothing is read."""
    if not is_template(batch.content):
        return []
    found = [row.row for row in rows if any(map(is_flattened, values_in(row.params) or (row.body,)))]
    return [_warning(len(found), found[:_EXAMPLES])] if found else []


def _warning(count: int, rows: list[int]) -> dict[str, Any]:
    return {"code": CODE, "params": {"count": count}, "count": count, "rows": [[row] for row in rows]}
