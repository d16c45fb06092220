"""`filtering` and `sort` of a list: which rows it has, and in which order.

Meta documents `filtering=[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]` and
`sort=['last_onboarded_time_ascending']` for the numbers of an account. Other fields, IN, and the words of the refusals are
the sandbox's own (UNVERIFIED).
"""

from collections.abc import Callable
from typing import Any, Final

import orjson

from wa_sandbox.graph.request import GraphRequest
from wa_sandbox.graph.words import missing, not_one_of, wrong

OPERATORS: Final = ("EQUAL", "IN")
_ORDERS: Final = (("_ascending", False), ("_descending", True))


def chosen_rows(
    request: GraphRequest, rows: list[dict[str, Any]], known: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The rows that match every filter, sorted as asked. `known`: the fields that can be named. Raises Refusal (100)."""
    for name, values in _filters(request.query.get("filtering"), known):
        rows = [row for row in rows if _plain(row.get(name)) in values]
    # The last one first: each sorting leaves rows that are equal in the order they had.
    for name, backwards in reversed(_sorting(request.query.get("sort"), known)):
        rows = sorted(rows, key=_by(name), reverse=backwards)
    return rows


def _filters(text: str | None, known: tuple[str, ...]) -> list[tuple[str, set[str]]]:
    if not text:
        return []
    given = _parsed(text)
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong("filtering", "must be an array of JSON objects")
    filters = []
    for one in given:
        name, operator = one.get("field"), one.get("operator")
        if name not in known:
            raise not_one_of("filtering['field']", known, name)
        if operator not in OPERATORS:
            raise not_one_of("filtering['operator']", OPERATORS, operator)
        if "value" not in one:
            raise missing("filtering['value']")
        value = one["value"]
        if (operator == "IN") is not isinstance(value, list) or isinstance(value, dict):
            what = "an array" if operator == "IN" else "one value"
            raise wrong("filtering['value']", f"must be {what} for {operator}")
        filters.append((name, {_plain(part) for part in (value if isinstance(value, list) else [value])}))
    return filters


def _sorting(text: str | None, known: tuple[str, ...]) -> list[tuple[str, bool]]:
    if not text:
        return []
    given = _parsed(text) if text.startswith("[") else [text]
    asked = []
    for one in given if isinstance(given, list) else [given]:
        found = next(
            ((str(one).removesuffix(end), down) for end, down in _ORDERS if str(one).endswith(end)), None
        )
        if found is None or found[0] not in known:
            raise not_one_of("sort", (name + end for name in known for end, _ in _ORDERS), one)
        asked.append(found)
    return asked


def _by(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: _plain(row.get(name))


def _parsed(text: str) -> Any:
    """JSON, or the same with the single quotes of Meta's examples; None when it is neither."""
    for form in (text, text.replace("'", '"')):
        try:
            return orjson.loads(form)
        except orjson.JSONDecodeError:
            continue
    return None


def _plain(value: Any) -> str:
    """A value as it is compared: `true` is true, and capitals do not count."""
    return "" if value is None else str(value).lower()
