"""Telling a person before the sending that a template carries each text on one line."""

from __future__ import annotations

from typing import Any

from django.db import connection

from qafila.campaigns.rules.content import is_template
from qafila.kit.statements import statement
from qafila.ledger.models import Batch

CODE = "line_breaks_flattened"


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
    return [{"code": CODE, "params": {"count": count}, "count": count, "rows": [[row] for _, row in rows]}]
